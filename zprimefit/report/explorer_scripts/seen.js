// The server waits for this before it sends the next point.
requestAnimationFrame(() => { seen.data = {n: [sent.data.n[0]]} })
