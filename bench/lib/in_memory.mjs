/** A contender that keeps everything in KV, with one that keeps it in memory: what storage that lasts costs is the difference. */
export const inMemory = (contender) => ({
  ...contender,
  name: `${contender.name}-memory`,
  title: `${contender.title}, KV in memory`,
  storage: "memory",
  isMetered: false,
  start: (options) => contender.start({ ...options, storage: "memory" }),
});
