// What a check comes to: that something holds, or what is wrong and what to do.

/** It holds. */
export const right = (says) => ({ holds: true, says });

/** It does not; `says` names the remedy too. */
export const wrong = (says) => ({ holds: false, says });

/** Nobody knows. */
export const untried = (says) => ({ holds: undefined, says });

/** One or the other. */
export const either = (holds, ifRight, ifWrong) => (holds ? right(ifRight) : wrong(ifWrong));
