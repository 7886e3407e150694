/** What stops the bench and is not its own fault: its message is all that is shown. */
export class Failure extends Error {}
