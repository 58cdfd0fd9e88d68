// The one line in which batches wait for a worker: by priority, and within one priority by arrival.

/** What can wait. */
export interface Prioritized {
  /** Higher goes first. */
  readonly priority: number;
}

/** A bounded queue. Its length is small (it bounds what waits, not what is to be done), so arrays will do. */
export class TaskQueue<Task extends Prioritized> {
  /** In the order in which they will be taken. */
  readonly #tasks: Task[] = [];

  /** @param capacity tasks that may wait */
  constructor(readonly capacity: number) {}

  /** Tasks that wait. */
  get length(): number {
    return this.#tasks.length;
  }

  /** Puts `task` behind those of its priority; false when the queue is full. */
  add(task: Task): boolean {
    if (this.#tasks.length >= this.capacity) return false;
    const last = this.#tasks.findLastIndex(({ priority }) => priority >= task.priority);
    this.#tasks.splice(last + 1, 0, task);
    return true;
  }

  /** Puts back a task that had been taken, before all others: it has waited already. Never refused. */
  putBack(task: Task): void {
    this.#tasks.unshift(task);
  }

  /** Takes the next task. */
  take(): Task | undefined {
    return this.#tasks.shift();
  }

  /** Takes `task` out; false when it does not wait. */
  remove(task: Task): boolean {
    const index = this.#tasks.indexOf(task);
    if (index === -1) return false;
    this.#tasks.splice(index, 1);
    return true;
  }

  /** Takes all. */
  clear(): Task[] {
    return this.#tasks.splice(0);
  }
}
