// What the operator can put right: it is said in plain words, without a trace.

/** An error with one or more findings. */
export class Problem extends Error {
  constructor(...findings) {
    super(findings.join("\n"));
    this.findings = findings;
  }
}
