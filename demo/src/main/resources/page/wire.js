// The log of frames, newest last.

const SHOWN = 200;
const POLLS = /^(ping|pong|\{"type":"(pong|received|demo_people)"|.*"channel":"live\.marks\.)/;
const SECRET = /("session_id":")[^"]*/;

export class Wire {
  #list;
  #counter;
  #polls;
  #count = 0;

  constructor(list, counter, polls) {
    this.#list = list;
    this.#counter = counter;
    this.#polls = polls;
  }

  add(direction, text) {
    this.#counter.textContent = ++this.#count;
    if (POLLS.test(text) && !this.#polls.checked) return;
    const item = document.createElement('li');
    item.className = direction;
    item.textContent = `${new Date().toLocaleTimeString()} ${direction === 'in' ? '←' : '→'} ${text.replace(SECRET, '$1…')}`;
    const box = this.#list.parentElement;
    const bottom = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    this.#list.append(item);
    while (this.#list.children.length > SHOWN) this.#list.firstChild.remove();
    if (bottom) box.scrollTop = box.scrollHeight;
  }
}
