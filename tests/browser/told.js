// Takes the place of the live stream: the page hears what a test tells it, and nothing else.
(() => {
  const hearing = [];
  const at = (seconds) => new Date(Date.now() + 1000 * seconds).toISOString();

  class Told extends EventTarget {
    constructor(url) {
      super();
      this.bridge = decodeURIComponent(decodeURIComponent(url)).match(/board:([^,]+)/)?.[1] ?? '';
      hearing.push(this);
      setTimeout(() => {
        this.say('hello', { boot: 'told', now: at(0), synthetic: true, clock: null });
        this.rows([], [], true);
        if (window.begin) window.begin();
      }, 0);
    }

    say(event, data) {
      this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
    }

    rows(rows, gone, whole) {
      const counts = whole ? { person: 0, here: 0, coming: 0, done: 0 } : null;
      this.say('board', { bridge: this.bridge, whole, zone: 'America/Chicago', state: null, rows, gone, counts, left: whole ? 0 : null });
    }

    close() {
      hearing.splice(hearing.indexOf(this), 1);
    }
  }
  window.EventSource = Told;

  // The row of truck n, in the order of the numbers unless it says otherwise.
  window.truck = (n, given = {}) => ({
    crossing_id: `T-${String(n).padStart(3, '0')}`, state: 'to_dock', lane: 'standard', filed_at: at(-600), due_at: at(n), since: at(-60), declarations: 1,
    empty: false, programme: null, examination: 'secondary', was: 'secondary', basis: 'priced', stage: 'filed', decision: String(n), decided_at: at(-60),
    value: 9, price: 5, probability: 0.03, threat: 'contraband', reason: { en: 'A reason.', es: 'Un motivo.' }, control: false, hold: null, at: null,
    accepted: null, order: null, attention: 3, synthetic: true, ...given,
  });
  window.tell = (rows, gone = []) => hearing.forEach((each) => each.rows(rows, gone, false));
  window.say = (event, data) => hearing.forEach((each) => each.say(event, data));
})();
