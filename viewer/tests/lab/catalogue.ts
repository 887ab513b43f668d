/** A catalogue as a worker gives it, shorter: two tasks with symbols, one whose examples are the user's own. */
import type { Catalogue, Settings } from "../../src/lab/messages.ts";

const common: Settings = {
  layers: 2,
  heads: 4,
  dModel: 64,
  dFf: 256,
  positions: "sinusoidal",
  norm: "pre",
  activation: "relu",
  tieWeights: false,
  dropout: 0,
  batchSize: 64,
  schedule: "cosine",
  maxSteps: 3000,
  seed: 0,
};

const decoder: Settings = {
  ...common,
  architecture: "decoder",
  length: 10,
  minLength: 10,
  symbols: 16,
  learningRate: 8e-3,
  warmupSteps: 10,
  decaySteps: 70,
};

export const CATALOGUE: Catalogue = {
  version: 1,
  tasks: [
    {
      name: "copy",
      about: "copy the sequence",
      lesson:
        "To say each token, one head must look at the same position of the source: a fixed distance back for the decoder alone, the plainest cross attention there is with an encoder.",
      lengthCounts: "symbols in the sequence",
      symbolsAre: "different symbols",
      takesPairs: false,
      defaults: [
        { ...decoder, task: "copy" },
        { ...decoder, task: "copy", architecture: "encoder-decoder", learningRate: 3e-3 },
      ],
      lengths: [1, 64],
      symbols: [2, 256],
    },
    {
      name: "induction",
      about: "continue a repeated sequence",
      lesson:
        "The model must look for the token after the earlier occurrence of the one it reads: an induction head, made of two heads in two layers. Question and answer are one sequence, so it is for the decoder alone.",
      lengthCounts: "symbols before one comes again",
      symbolsAre: "different symbols",
      takesPairs: false,
      defaults: [
        {
          ...decoder,
          task: "induction",
          length: 12,
          minLength: 12,
          symbols: 32,
          learningRate: 5e-3,
          warmupSteps: 50,
          decaySteps: 400,
        },
      ],
      lengths: [4, 32],
      symbols: [5, 256],
    },
    {
      name: "file",
      about: "learn the pairs in your own file",
      lesson:
        "A text file has a source, a tab and a target on each line; tokens are words, or with --characters single characters. One line in eight is held out. The default is an encoder–decoder.",
      lengthCounts: "tokens of the longest question",
      symbolsAre: "different symbols",
      takesPairs: true,
      defaults: [
        {
          ...decoder,
          task: "file",
          architecture: "encoder-decoder",
          learningRate: 3e-3,
          characters: false,
        },
      ],
      lengths: [1, 64],
      symbols: [1, 256],
    },
  ],
  choices: {
    architecture: ["decoder", "encoder-decoder"],
    positions: ["sinusoidal", "learned", "rotary", "alibi", "none"],
    norm: ["pre", "post"],
    activation: ["relu", "gelu"],
    schedule: ["constant", "cosine", "inverse-square-root"],
  },
  settings: {},
};
