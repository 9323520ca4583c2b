#!/usr/bin/env bash
# Clones the repositories that prose.py and questions.py read (sources.md).   mirror.sh MIRRORS_DIR
set -euo pipefail
BOOKS="psychology introduction-sociology us-history american-government business-law introduction-business
  introduction-political-science introduction-philosophy anatomy-physiology astronomy introduction-anthropology business-ethics
  world-history microbiology entrepreneurship"
REPOSITORIES="18F/handbook sourcegraph/handbook DCCouncil/law-xml ppasupat/WikiTableQuestions pytorch/examples
  MicrosoftDocs/dynamics365smb-docs python/peps globalwordnet/english-wordnet factbook/factbook.json
  google-research-datasets/dstc8-schema-guided-dialogue uwnlp/qamr xinyadu/nqg google-research-datasets/QED
  google-research-datasets/QuoteSum deepset-ai/COVID-QA"
for book in $BOOKS; do REPOSITORIES+=" openstax/osbooks-$book"; done
for r in $REPOSITORIES; do
  to="$1/${r/\//+}/repo"
  [ -d "$to" ] || git clone --mirror "https://github.com/$r" "$to"
done
