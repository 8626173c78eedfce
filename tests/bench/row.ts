/** One measurement. `ratio` is to the peer or limit `of`, measured in the same run. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
  of?: string;
  goal?: string;
  met?: boolean;
}

export type Bench = () => Promise<BenchRow[]>;
