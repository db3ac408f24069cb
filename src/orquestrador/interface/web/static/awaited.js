// Orders of a view that end later: an event that carries the order's token tells how.

/** The orders of a view that have not ended yet. */
export class Awaited {
  /** Hear of the ends that these events tell of, for as long as the view is there. */
  constructor(context, ...events) {
    this.context = context;
    this.ends = new Map();
    this.early = new Map();
    this.placing = 0;
    for (const name of events) context.on(name, (event) => this.hear(event));
  }

  /**
   * Give an order.
   *
   * @param {string} path the API's address.
   * @param {object} body the order.
   * @param {(event) => void} ended is told when it has ended.
   * @returns {Promise<boolean>} whether it was taken.
   */
  async place(path, body, ended) {
    this.placing += 1;
    const taken = await this.context.attempt(() => this.context.post(path, body));
    this.placing -= 1;
    // It may have ended before its token came.
    const event = this.early.get(taken?.token);
    if (this.placing === 0) this.early.clear();
    if (event !== undefined) ended(event);
    else if (taken !== undefined) this.ends.set(taken.token, ended);
    return taken !== undefined;
  }

  hear(event) {
    const ended = this.ends.get(event.token);
    this.ends.delete(event.token);
    if (ended !== undefined) ended(event);
    else if (this.placing > 0) this.early.set(event.token, event);
  }
}
