/** Does something at once, then no more often than this; what is asked for meanwhile is done once afterwards. */
export function rarely(pause: number, act: () => Promise<void>): () => void {
  let [resting, wanted] = [false, false];
  const go = async () => {
    [resting, wanted] = [true, false];
    await act();
    setTimeout(() => {
      resting = false;
      if (wanted) void go();
    }, pause);
  };
  return () => {
    wanted = true;
    if (!resting) void go();
  };
}
