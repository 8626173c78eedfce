import { readRecord, type VoteRecord } from '../views/voteRecord.ts';
import { load, randomId, save } from './store.ts';

const keyOf = (pollId: string) => `vote:${pollId}`;

/** This browser's record of its vote in a poll. */
export class VoteStore {
  readonly #key: string;
  record: VoteRecord;
  /** False where the browser keeps nothing. */
  isKept = true;

  constructor(pollId: string) {
    this.#key = keyOf(pollId);
    this.record = this.#read() ?? { voter: randomId(), choice: [], stage: 'none' };
  }

  change(change: Partial<VoteRecord>): void {
    // Another tab may have voted in the meantime, with the same id.
    const { voter } = this.#read() ?? this.record;
    this.record = { ...this.record, ...change, voter };
    this.isKept = save(this.#key, JSON.stringify(this.record));
  }

  /** Calls back when another tab changes the record. */
  onOtherTab(changed: () => void): void {
    addEventListener('storage', ({ key }) => {
      if (key !== this.#key) return;
      this.record = this.#read() ?? this.record;
      changed();
    });
  }

  #read(): VoteRecord | undefined {
    return readRecord(load(this.#key));
  }
}
