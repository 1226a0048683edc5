// Takes the place of the live stream for measurements: sixty trucks a second file, come, are scanned and go on.
(() => {
  const STATES = ['expected', 'yard', 'at_primary', 'to_scan', 'scanning', 'to_dock', 'at_dock', 'released'];
  const RATE = 60;
  const TICK_MS = 50;
  const KEPT = 900;
  const at = (seconds) => new Date(Date.now() + 1000 * seconds).toISOString();
  let count = 0;
  const rows = new Map();

  function row(n, step) {
    const state = STATES[step];
    const examination = n % 3 ? 'release' : 'secondary';
    const place = { scanning: 'scanner', to_scan: 'scanner', to_dock: 'dock', at_dock: 'dock' }[state];
    return {
      crossing_id: `F${String(n).padStart(6, '0')}`, state, lane: n % 4 ? 'standard' : 'fast', filed_at: at(-60), due_at: at(n % 600),
      since: at(0), declarations: 1, empty: false, programme: null, examination, was: examination, basis: n % 3 ? null : 'priced',
      stage: 'filed', decision: String(n), decided_at: at(0), value: n % 50, price: n % 20, probability: (n % 100) / 1000, threat: 'contraband',
      reason: { en: `Reason ${n}, as long as reasons are: an examination by hand costs the rest of the day.`, es: `Motivo ${n}` },
      control: false, hold: null, at: place ? { resource: place, step: 'queued', unit: '', since: at(0) } : null, accepted: null, order: null,
      attention: n % 3 || state === 'released' ? 0 : 2, synthetic: true,
    };
  }

  class Flood extends EventTarget {
    constructor(url) {
      super();
      const bridge = decodeURIComponent(decodeURIComponent(url)).match(/board:([^,]+)/)?.[1] ?? '';
      const say = (event, data) => this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
      setTimeout(() => {
        say('hello', { boot: 'flood', now: at(0), synthetic: true, clock: null });
        say('board', { bridge, whole: true, zone: 'America/Chicago', state: null, rows: [], gone: [], counts: { person: 0, here: 0, coming: 0, done: 0 }, left: 0 });
      }, 0);
      this.timer = setInterval(() => {
        const changed = [];
        const gone = [];
        for (let n = 0; n < (RATE * TICK_MS) / 1000; n += 1) {
          rows.set(count, 0);
          changed.push(row(count, 0));
          count += 1;
        }
        // Each truck takes its next step after a while; as many go as come.
        for (const [n, step] of rows) {
          if (Math.random() > 0.01) continue;
          if (step === STATES.length - 1) {
            rows.delete(n);
            gone.push(`F${String(n).padStart(6, '0')}`);
          } else {
            rows.set(n, step + 1);
            changed.push(row(n, step + 1));
          }
        }
        while (rows.size > KEPT) {
          const [n] = rows.keys();
          rows.delete(n);
          gone.push(`F${String(n).padStart(6, '0')}`);
        }
        window.told = (window.told ?? 0) + changed.length;
        for (const each of changed) window.toldOf?.add(each.crossing_id);
        say('board', { bridge, whole: false, zone: null, state: null, rows: changed, gone, counts: null, left: null });
      }, TICK_MS);
    }

    close() {
      clearInterval(this.timer);
    }
  }
  window.EventSource = Flood;

  // From here on: of which trucks something was told, which rows of the queue were written in, and how often it was drawn.
  // What only tells a row's place or the focus is none of its words.
  window.watch = () => {
    const body = document.querySelector('.port-queue tbody');
    const seen = { touched: new Set(), draws: 0, begun: performance.now() };
    window.toldOf = new Set();
    const rowOf = (node) => (node instanceof Element ? node : node.parentElement)?.closest('tr[data-crossing]');
    const watch = new MutationObserver((changes) => {
      seen.draws += 1;
      for (const each of changes) {
        const row = rowOf(each.target);
        if (row && !['aria-rowindex', 'aria-selected', 'tabindex'].includes(each.attributeName)) seen.touched.add(row.dataset.crossing);
      }
    });
    // What was told just before is still to be drawn.
    setTimeout(() => {
      seen.begun = performance.now();
      watch.observe(body, { subtree: true, childList: true, characterData: true, attributes: true });
    }, 400);
    window.seen = () => ({
      told: [...window.toldOf], touched: [...seen.touched], draws: seen.draws,
      turns: (performance.now() - seen.begun) / 200, rows: body.querySelectorAll('tr[data-crossing]').length,
    });
  };

  // Frames a second, the longest task and the rows that were told, over some milliseconds.
  window.measure = (milliseconds) =>
    new Promise((done) => {
      let frames = 0;
      let longest = 0;
      const before = window.told;
      const watch = new PerformanceObserver((list) => {
        for (const each of list.getEntries()) longest = Math.max(longest, each.duration);
      });
      watch.observe({ type: 'longtask' });
      const begun = performance.now();
      function next() {
        frames += 1;
        const took = performance.now() - begun;
        if (took < milliseconds) requestAnimationFrame(next);
        else {
          watch.disconnect();
          done({ frames: (1000 * frames) / took, longest, rows: window.told - before });
        }
      }
      requestAnimationFrame(next);
    });
})();
