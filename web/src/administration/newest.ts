// Answers may overtake each other: one that was asked for before what is shown was asked for, or before something was
// changed here, may be older. Pure.
export class Newest {
  private asked = 0;
  private shown = 0;

  // The number of a question that is asked now.
  ask(): number {
    return ++this.asked;
  }

  // Whether the answer to this question may be shown.
  take(question: number): boolean {
    if (question < this.shown) {
      return false;
    }
    this.shown = question;
    return true;
  }

  // Something was changed: what was asked for until now may not know of it.
  changed(): void {
    this.shown = this.ask();
  }
}
