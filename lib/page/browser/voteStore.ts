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

  /** Calls back when another tab may have changed the record: now, or while this page was in the back-forward cache. */
  onOtherTab(changed: () => void): void {
    for (const type of ['storage', 'pageshow'])
      addEventListener(type, (event) => {
        // A page that has just loaded has read the record.
        if ((event as PageTransitionEvent).persisted === false) return;
        this.refresh();
        changed();
      });
  }

  refresh(): void {
    this.record = this.#read() ?? this.record;
  }

  #read(): VoteRecord | undefined {
    return readRecord(load(this.#key));
  }
}
