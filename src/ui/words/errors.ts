import type { ErrorCode } from '../../errors';

/** Something the page can do about a failure by itself; it becomes a button. */
export type RemedyAction = 'load-again' | 'download-model' | 'show-passages' | 'take-off-adapters' | 'open-library';

export interface ErrorWords {
  /** What happened; the error's own sentence, which names the bad value, follows it. */
  readonly title: string;
  /** What to do. */
  readonly remedy: string;
  readonly action?: RemedyAction;
}

export const ERROR_WORDS: Readonly<Record<ErrorCode, ErrorWords>> = {
  'model-missing': {
    title: 'A model file could not be fetched.',
    remedy: 'Check that this page was copied whole, with its models folder, then load it again.',
    action: 'load-again',
  },
  'model-cut': {
    title: 'A model file arrived cut short.',
    remedy: 'It was thrown away. Load it again.',
    action: 'load-again',
  },
  'model-corrupt': {
    title: 'A model file does not match its checksum.',
    remedy: 'It was thrown away. Load it again; if it fails again, the copy on the server is damaged.',
    action: 'load-again',
  },
  'model-unsupported': {
    title: 'This model cannot do what was asked.',
    remedy: 'Change what the lane asks of it, then retry.',
  },
  'model-not-fetched': {
    title: 'This model is not on this device yet.',
    remedy: 'Download what is missing, here or under Models; then it can be asked.',
    action: 'download-model',
  },
  'model-incomplete': {
    title: 'Some files of this model are missing.',
    remedy: 'Choose its whole folder, or those files too.',
  },
  'hub-unreachable': {
    title: 'The model hub could not be reached.',
    remedy: 'Check the connection, and that this page may ask that host; what has come so far is kept.',
  },
  'hub-busy': {
    title: 'The model hub cannot serve this just now.',
    remedy: 'Try again later; what has come so far is kept.',
  },
  'hub-gated': {
    title: 'The model hub does not hand this out to everybody.',
    remedy: 'Choose another model, or download its files yourself and drop them here.',
  },
  'hub-lacks': {
    title: 'The model hub does not have this.',
    remedy: 'Choose another model or another hub: a mirror may not hold all of them.',
  },
  'address-refused': {
    title: 'This page may never ask that address.',
    remedy: 'Give one with https, or one on this machine, such as http://localhost:8080.',
  },
  'model-not-loaded': {
    title: 'The reader is not loaded.',
    remedy: 'Load it, then ask again.',
    action: 'load-again',
  },
  'runtime-missing': {
    title: 'A part of this page could not be fetched.',
    remedy: 'Check the connection, then load it again.',
    action: 'load-again',
  },
  'adapter-mismatch': {
    title: 'This adapter was made for another model.',
    remedy: 'Wear one that was trained for this model, or choose the model that it was trained for.',
    action: 'take-off-adapters',
  },
  'adapter-damaged': {
    title: 'The adapter file is damaged.',
    remedy: 'Copy or export it again, then bring both files once more.',
    action: 'take-off-adapters',
  },
  'adapter-unsupported': {
    title: 'This kind of adapter cannot be applied here.',
    remedy: 'Take it off in this lane, or bring it as plain LoRA to a model that wears adapters.',
    action: 'take-off-adapters',
  },
  'adapter-incomplete': {
    title: 'An adapter is two files.',
    remedy: 'Choose adapter_config.json and adapter_model.safetensors together, their folder, or a zip of it.',
  },
  'adapter-not-fetched': {
    title: 'An adapter file did not arrive whole.',
    remedy:
      'Load it again; if it fails again, the copy on the server is damaged or was left out, or this page may not reach its host.',
    action: 'load-again',
  },
  'adapter-unknown': {
    title: 'This lane wears an adapter that is not here.',
    remedy: 'Take it off, or bring its two files and wear it anew.',
    action: 'take-off-adapters',
  },
  'context-overflow': {
    title: 'The prompt is longer than the model can read.',
    remedy: 'Show fewer passages, or show passages instead of whole documents.',
    action: 'show-passages',
  },
  'no-evidence': {
    title: 'Nobody has marked where the answer is.',
    remedy: 'Ask a sample question whose document is in use, or let this lane see retrieved passages.',
    action: 'show-passages',
  },
  'empty-document': {
    title: 'The file has no text.',
    remedy: 'Add a version with text in it.',
  },
  'not-text': {
    title: 'The file is not text.',
    remedy: 'Save it as PDF, DOCX, HTML, Markdown or plain text, then add it again.',
  },
  'unknown-format': {
    title: 'This version does not read that kind of file.',
    remedy: 'Unpack it if it is packed; else save it as PDF, DOCX, HTML, Markdown or plain text. Then add it again.',
  },
  'document-too-large': {
    title: 'The file is too large to read here.',
    remedy: 'Add only the parts you need: split it or, if it is packed, unpack it first.',
  },
  'too-many-files': {
    title: 'That is more files than are read in one go.',
    remedy: 'None was added. Drop a part of them, then the next.',
  },
  'document-unreadable': {
    title: 'The file is damaged.',
    remedy: 'Download or export it again. If it opens elsewhere, print it to a new PDF and add that.',
  },
  'document-locked': {
    title: 'The file is locked, or packed in a way that is not read here.',
    remedy: 'Open it where it opens, save a copy without a lock, and add that.',
  },
  'address-unreadable': {
    title: 'That address could not be read.',
    remedy: 'Many hosts let no other page read theirs. Open it in a tab of its own, save it, and drop the file here.',
  },
  'part-not-fetched': {
    title: 'A part needed to read this script could not be fetched.',
    remedy: 'The file was not added, since its text would be missing. Connect to the network, then add it again.',
  },
  'password-needed': {
    title: 'The file is locked with a password.',
    remedy: 'Enter its password here. It opens the file this once and is not kept.',
  },
  'password-wrong': {
    title: 'That password does not open the file.',
    remedy: 'Try again; capital letters count.',
  },
  'storage-full': {
    title: 'There is no room left in this browser.',
    remedy:
      'Nothing already kept was lost. Remove a document or a downloaded model, or free some disk space, then try again.',
    action: 'open-library',
  },
  'storage-refused': {
    title: 'This browser does not let the page keep anything.',
    remedy: 'You can use the page, but documents are gone when it closes. A window that is not private may allow it.',
  },
  'out-of-memory': {
    title: 'The model ran out of memory.',
    remedy: 'Show fewer passages, close other tabs, then retry.',
    action: 'show-passages',
  },
  'gpu-lost': {
    title: 'The GPU was taken away while it was writing.',
    remedy: 'Ask again: the reader is loaded anew, on the processor if it happens twice.',
  },
  'gpu-unfit': {
    title: 'This GPU does not compute the model right.',
    remedy: 'Let the reader run on the processor: choose so under Models.',
  },
  'gpu-missing': {
    title: 'This model needs a GPU that is not here.',
    remedy: 'Choose a model that needs less (one with f32 in its name runs without f16), or one for the processor.',
  },
  'worker-lost': {
    title: 'A background part of the page stopped.',
    remedy: 'Your documents and finished answers are safe. It is started anew when you retry.',
    action: 'load-again',
  },
  'server-address': {
    title: 'That is not the address of a server.',
    remedy: 'Give the address that the server prints when it starts, such as http://localhost:8000.',
  },
  'server-mixed': {
    title: 'The browser does not let this page ask that server.',
    remedy:
      'A page loaded by https may ask servers by https, or by http on this machine alone. Put the server behind https, or open this page from http://localhost.',
  },
  'server-unreachable': {
    title: 'The server did not answer, or not to this page.',
    remedy:
      'Check that it runs at this address, that it lets this page in (vLLM: --allowed-origins, llama.cpp: --cors-origins, Ollama: OLLAMA_ORIGINS), that the key is right, and that you let the browser reach the local network if it asked.',
  },
  'server-refused': {
    title: 'The server refused the key.',
    remedy: 'Enter the key that the server was started with, or the one of your account there.',
  },
  'server-model-unknown': {
    title: 'The server does not have this model.',
    remedy: 'Choose one from its list; Ollama needs it pulled first, vLLM needs it named when it starts.',
  },
  'server-busy': {
    title: 'The server has no room for this now.',
    remedy: 'Wait a little, then retry this lane.',
  },
  'server-failed': {
    title: 'The server could not do it.',
    remedy: 'Its own words are above; its log says more. Retry, or ask another model.',
  },
  'server-answer': {
    title: 'What answered is not a server for language models.',
    remedy: 'Check the address: it must speak the OpenAI protocol, mostly under /v1.',
  },
  'server-cut': {
    title: 'The answer broke off.',
    remedy: 'What was written is kept. Retry this lane.',
  },
  'bad-questions': {
    title: 'The question file could not be read.',
    remedy: 'Correct the line that is named, or copy the sample again.',
  },
  unexpected: {
    title: 'Something went wrong that this page did not foresee.',
    remedy: 'Retry. If it comes back, reload the page; your documents are kept.',
  },
};
