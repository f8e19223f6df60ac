// Where things lie in the memory that a board's thread shares with the world: words of 32 bits.

/** 1 once the answer to the last question is there. */
export const ANSWERED = 0;
/** How many bytes the answer has. */
export const LENGTH = 1;
/** Counts what a sleeping board must wake up for. */
export const WAKE = 2;
/** Two words, a bit for each pin whose interrupt is waiting. */
export const PINS = 3;

export const WORDS = 5;
export const ANSWER_BYTES = 1 << 20;
