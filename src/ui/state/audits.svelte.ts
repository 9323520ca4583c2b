import { clampStrength } from '../../lanes/editing';
import type { AdapterInfo, Audit, AuditSettings, Lab, Retention } from '../../lab';
import type { Adapters } from './adapters.svelte';
import type { Announcer } from './announcer.svelte';
import { Task } from './task.svelte';

/** The defaults of PEFT's `reduce_intruder_dimension`. */
const DEFAULTS = { topK: 10, epsilon: 0.5, lambda: 0.75 };

/** Looking into one adapter: intruders, their mitigation, and what the model forgets with either. */
export class Audits {
  /** The adapter that is looked into. */
  subject = $state<string | null>(null);
  settings = $state.raw<AuditSettings>({ topK: DEFAULTS.topK, epsilon: DEFAULTS.epsilon });
  /** How much of each intruder the mitigated adapter keeps, 0 to 1. */
  lambda = $state(DEFAULTS.lambda);
  readonly task = new Task();
  private audits = $state.raw<readonly Audit[]>([]);
  private measured = $state.raw<{ readonly subject: string; readonly retention: Retention } | null>(null);

  constructor(
    private readonly lab: Lab,
    private readonly adapters: Adapters,
    private readonly announcer: Announcer,
  ) {}

  get adapter(): AdapterInfo | null {
    return this.adapters.all.find(({ id }) => id === this.subject) ?? null;
  }

  /** What was found with the settings as they stand. */
  auditOf(id: string): Audit | null {
    const { topK, epsilon } = this.settings;
    return (
      this.audits.find(
        ({ adapterId, settings }) => adapterId === id && settings.topK === topK && settings.epsilon === epsilon,
      ) ?? null
    );
  }

  get before(): Audit | null {
    return this.subject === null ? null : this.auditOf(this.subject);
  }

  /** The subject with `lambda` of each intruder, where it was saved. */
  get mitigated(): AdapterInfo | null {
    return (
      this.adapters.all.find(
        ({ derivedFrom }) =>
          derivedFrom?.adapterId === this.subject && Math.abs(derivedFrom.lambda - this.lambda) < 0.001,
      ) ?? null
    );
  }

  get after(): Audit | null {
    return this.mitigated ? this.auditOf(this.mitigated.id) : null;
  }

  get retention(): Retention | null {
    const { measured, subject } = this;
    return measured !== null && measured.subject === subject ? measured.retention : null;
  }

  setLambda(value: number): void {
    this.lambda = Math.min(1, clampStrength(value));
  }

  async open(id: string): Promise<void> {
    this.task.problem = null;
    this.subject = id;
    if (!this.auditOf(id)) await this.audit(id);
  }

  close(): void {
    this.task.stop();
    this.subject = null;
  }

  async audit(id: string): Promise<void> {
    const { settings } = this;
    const label = this.adapters.label(id);
    const audit = await this.task.run(`Auditing ${label}`, (signal) => this.lab.auditAdapter(id, settings, signal));
    if (!audit) return;
    this.audits = [...this.audits.filter((one) => one.adapterId !== id), audit];
    this.announcer.say(`${label} has ${audit.total.toLocaleString('en')} intruder directions`);
  }

  /** Saves the mitigated form, then looks into that too. */
  async save(): Promise<void> {
    const { lambda, settings, subject } = this;
    if (subject === null) return;
    const name = `Mitigating ${this.adapters.label(subject)}`;
    const saved = await this.task.run(name, (signal) =>
      this.lab.mitigateAdapter(subject, { ...settings, lambda }, signal),
    );
    if (!saved) return;
    this.announcer.say(`Saved ${saved.label}`);
    await this.audit(saved.id);
  }

  async measure(): Promise<void> {
    const { mitigated, subject } = this;
    if (subject === null) return;
    const ids = [null, subject, ...(mitigated ? [mitigated.id] : [])];
    const retention = await this.task.run('Asking the sample’s questions', (signal) => this.lab.retention(ids, signal));
    if (!retention) return;
    this.measured = { subject, retention };
    this.announcer.say(retention.measurable ? 'Retention was measured' : 'Retention is not measurable');
  }

  stop(): void {
    this.task.stop();
  }
}
