// Notices when other programs take the cores. A helper that the system holds up in the middle of a piece keeps everyone waiting,
// many times a step; one thread is then faster than two. Results do not depend on it: any number of threads gives equal bits.

const shortestRest = 250; // milliseconds
const longestRest = 4000;
/** Waiting is judged once there is this much of it. */
const noticeable = 3; // milliseconds

export interface Crowding {
  /** True while the helpers rest. */
  isCrowded(now: number): boolean;
  /** Tells how long the calling thread worked on a shared job, and how long it waited for the others after that. */
  record(worked: number, waited: number, now: number): void;
}

/** Where the calling thread waits longer than it works, the helpers rest, each time twice as long, and are tried again. */
export function watchCrowding(): Crowding {
  let worked = 0;
  let waited = 0;
  let restUntil = 0;
  let rest = shortestRest;
  return {
    isCrowded: (now) => now < restUntil,
    record(work, wait, now) {
      worked += work;
      waited += wait;
      if (waited > noticeable && waited > worked) {
        restUntil = now + rest;
        rest = Math.min(longestRest, 2 * rest);
        worked = 0;
        waited = 0;
      } else if (worked > 10 * noticeable) {
        // A stretch in which sharing paid: the past is forgotten.
        rest = shortestRest;
        worked = 0;
        waited = 0;
      }
    },
  };
}
