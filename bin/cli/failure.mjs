// What ends a command before it is done.

/** The exit codes, which docs/reference/cli.md lists. */
export const EXIT = { refused: 1, usage: 2, unreachable: 3 };

/** A failure that is told in one or two lines: what is wrong, and what can be done about it. `isMissing`: the provider has no such thing. */
export class Failure extends Error {
  constructor(message, { hint, code = EXIT.refused, isMissing = false } = {}) {
    super(message);
    this.hint = hint;
    this.code = code;
    this.isMissing = isMissing;
  }
}

/** The command line is not one. */
export const misused = (message, hint) => new Failure(message, { hint, code: EXIT.usage });
