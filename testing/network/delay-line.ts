// Knows how one direction of a slow link is imitated: what goes in comes out in order, each piece a fixed time later,
// however much is on its way.

export interface DelayLine {
  /** `notBeforeMs`, on the clock of performance.now(): what is sent earlier leaves only then. */
  send(deliver: () => void, notBeforeMs?: number): void;
  /** Drops what is on its way. */
  clear(): void;
}

interface Piece {
  readonly dueAt: number;
  readonly deliver: () => void;
}

/** Never early; late by up to about 1 ms, the grain of Node's timers, and by as long as the event loop is busy. */
export function createDelayLine(delayMs: number): DelayLine {
  let onTheWay: Piece[] = [];
  let timer: NodeJS.Timeout | undefined;

  const arm = () => {
    const [next] = onTheWay;
    timer = next && setTimeout(deliverDue, Math.max(0, Math.ceil(next.dueAt - performance.now())));
  };
  const deliverDue = () => {
    const now = performance.now();
    // Looked at anew for each piece: delivering one can clear the line.
    while (onTheWay[0] && onTheWay[0].dueAt <= now) onTheWay.shift()?.deliver();
    arm();
  };

  return {
    send: (deliver, notBeforeMs = 0) => {
      onTheWay.push({ dueAt: Math.max(performance.now(), notBeforeMs) + delayMs, deliver });
      if (!timer) arm();
    },
    clear: () => {
      clearTimeout(timer);
      timer = undefined;
      onTheWay = [];
    },
  };
}
