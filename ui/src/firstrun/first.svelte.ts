// Where the first run stands. It outlives a change of language, which draws the page anew.
export const first = $state({ step: 0 });
