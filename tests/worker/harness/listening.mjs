// workerd says on its third pipe where it listens.

/** The ports of `sockets`, by their names, once `child` listens at all of them. It was started with --control-fd=3 and a pipe there. */
export function listening(child, sockets) {
  const ports = {};
  let said = "";
  return new Promise((resolve) => {
    child.stdio[3].on("data", (chunk) => {
      said += chunk;
      const lines = said.split("\n");
      said = lines.pop();
      for (const { event, socket, port } of lines.map((line) => JSON.parse(line))) if (event === "listen") ports[socket] = port;
      if (sockets.every((name) => ports[name])) resolve(ports);
    });
  });
}
