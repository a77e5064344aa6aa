// Delays one direction of a link: pieces come out in order, each after a fixed time.

export interface DelayLine {
  /** @param notBeforeMs a time of performance.now(); a piece that is sent earlier starts at this time. */
  send(deliver: () => void, notBeforeMs?: number): void;
  /** Drops all pieces that are under way. */
  clear(): void;
}

interface Piece {
  readonly dueAt: number;
  readonly deliver: () => void;
}

/**
 * Never early; late by up to about 1 ms (Node.js timers) and by the time that the event loop is busy.
 */
export function createDelayLine(delayMs: number): DelayLine {
  let underWay: Piece[] = [];
  let timer: NodeJS.Timeout | undefined;

  const arm = () => {
    const [next] = underWay;
    timer = next && setTimeout(deliverDue, Math.max(0, Math.ceil(next.dueAt - performance.now())));
  };
  const deliverDue = () => {
    const now = performance.now();
    // Read again for every piece, because a delivery can clear the line.
    while (underWay[0] && underWay[0].dueAt <= now) underWay.shift()?.deliver();
    arm();
  };

  return {
    send: (deliver, notBeforeMs = 0) => {
      underWay.push({ dueAt: Math.max(performance.now(), notBeforeMs) + delayMs, deliver });
      if (!timer) arm();
    },
    clear: () => {
      clearTimeout(timer);
      timer = undefined;
      underWay = [];
    },
  };
}
