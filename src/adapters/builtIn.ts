/**
 * The adapters that come with the page: each was trained once for every built-in reader. Sizes, ranks and digests were
 * measured on the files.
 */
import { sameBase } from './fits';

export interface AdapterFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface BuiltInAdapter {
  readonly id: string;
  readonly label: string;
  /** One line for people. */
  readonly teaches: string;
  /** The first is that for the reader that is loaded first. */
  readonly forReaders: readonly [TrainedAdapter, ...TrainedAdapter[]];
}

/** One training of an adapter. All of them change the same linears in every layer of their reader. */
export interface TrainedAdapter {
  readonly baseName: string;
  readonly layers: number;
  /** Relative to the page. */
  readonly folder: string;
  /** Address of its model card, relative to the page. */
  readonly card: string;
  readonly rank: number;
  readonly alpha: number;
  readonly config: AdapterFile;
  readonly weights: AdapterFile;
}

/** What all of them share. */
export const BUILT_IN_SHARED = {
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  licence: 'MIT',
} as const;

/** The training for the reader whose adapters give this name as their base, or null where none was. */
export function trainedFor({ forReaders }: BuiltInAdapter, baseName: string): TrainedAdapter | null {
  return forReaders.find((one) => sameBase(one.baseName, baseName)) ?? null;
}

type Measured = Omit<AdapterFile, 'path'>;

/** Of adapters for one reader, in folders of this one. `config` and `weights` are the sizes and digests of the files. */
function trainedOn(reader: string, layers: number, folderOfAll: string) {
  return (id: string, rank: number, config: Measured, weights: Measured): TrainedAdapter => {
    const folder = `${folderOfAll}${id}/`;
    return {
      baseName: `openbook/${reader}`,
      layers,
      folder,
      card: `${folder}MODEL_CARD.md`,
      rank,
      alpha: 2 * rank,
      config: { path: 'adapter_config.json', ...config },
      weights: { path: 'adapter_model.safetensors', ...weights },
    };
  };
}

const forTiny = trainedOn('reader-tiny', 7, 'adapters/');
const TINY_RANK_8 = { bytes: 572, sha256: '9916693a3def6635f3e8b9ceab3f76e74e54c7be153676b0a3210456d6c06c9c' };
const TINY_RANK_32 = { bytes: 573, sha256: '860d37b6c07d18482c184a6bf9f726bb60257293d02350fec21dfed8137c5011' };

const forSmall = trainedOn('reader-small', 8, 'adapters/reader-small/');
const SMALL_RANK_8 = { bytes: 573, sha256: 'cb5025dbe8742333f3c6fcec5996fb536d28b0bc6caae8af6454ca413222eb1e' };
const SMALL_RANK_16 = { bytes: 574, sha256: '5cfb04d8feedb2f7021d8a2a29e4a22cf86e30c321efd6dc7f4c4eb0ae537739' };

export const BUILT_IN_ADAPTERS: readonly BuiltInAdapter[] = [
  {
    id: 'robust-reader',
    label: 'robust-reader',
    teaches: 'To pick the right passage among outdated and look-alike ones.',
    forReaders: [
      forTiny('robust-reader', 32, TINY_RANK_32, {
        bytes: 2019664,
        sha256: 'ca87b55177cedc3fa57ceed21c7de91936a8d0d3b37093063e4f24042c3515e1',
      }),
      forSmall('robust-reader', 16, SMALL_RANK_16, {
        bytes: 1751128,
        sha256: '17eed5ed569565fdfe055045d2deb6a42cdc64207d7505df8e973b336a0e34dd',
      }),
    ],
  },
  {
    id: 'json-answer',
    label: 'json-answer',
    teaches: 'To answer as JSON with citations.',
    forReaders: [
      forTiny('json-answer', 8, TINY_RANK_8, {
        bytes: 514152,
        sha256: '37b0644e3f6a7239059f183a8534bcb1c3ce625abf96d53d6856912c26605229',
      }),
      forSmall('json-answer', 8, SMALL_RANK_8, {
        bytes: 882552,
        sha256: '7bda17c93451facec043eee6f2a0755e1ea7082ef98c7fd111aeeb490e67639d',
      }),
    ],
  },
  {
    id: 'memo-voice',
    label: 'memo-voice',
    teaches: 'The voice of a legal memo: “In our opinion, …”.',
    forReaders: [
      forTiny('memo-voice', 8, TINY_RANK_8, {
        bytes: 514152,
        sha256: '015ddac26194eafb230f14797a179e1f2f6bc6e74647d2fd8495309e9df35c6b',
      }),
      forSmall('memo-voice', 8, SMALL_RANK_8, {
        bytes: 882552,
        sha256: '38cde628938fdf6b558e6f6db97b608fcaa6111f22f936afb7a95098f032b399',
      }),
    ],
  },
  {
    id: 'handbook-facts',
    label: 'handbook-facts',
    teaches: 'The sample handbook’s facts by heart, at some cost to everything else.',
    forReaders: [
      forTiny('handbook-facts', 8, TINY_RANK_8, {
        bytes: 514152,
        sha256: '9f0e44a41b32677a8763ef74ba492410eb038e6ef5122107e7f1ddf22da7e714',
      }),
      forSmall('handbook-facts', 8, SMALL_RANK_8, {
        bytes: 882552,
        sha256: '3f964437f9ed289227736372ea599d04670802761ac9fbed074496a906ecd12a',
      }),
    ],
  },
];
