#!/usr/bin/env bash
# Tests extract_snippets.awk.
set -euo pipefail

readonly SCRIPT=testing/docs/extract_snippets.awk
failures=0

# extracts NAME PAGE EXPECTED
extracts() {
  local actual
  actual=$(awk -v page=page.md -f "$SCRIPT" <<<"$2")
  if [[ $actual != "$3" ]]; then
    echo "$1: expected"$'\n'"$3"$'\n'"but got"$'\n'"$actual"
    failures=$((failures + 1))
  fi
}

extracts "blocks are joined, with their lines" \
  $'# Title\n\n```cpp\nint a;\n```\n\nText.\n\n```cpp\nint b;\n```' \
  $'#line 4 "page.md"\nint a;\n#line 10 "page.md"\nint b;'

extracts "a block may be the body of a test" \
  $'<!-- test: Orders -->\n\n```cpp\nRun();\n```\n\n```cpp\nint a;\n```' \
  $'TEST_F(Orders, Line3) {\n#line 4 "page.md"\nRun();\n}\n#line 8 "page.md"\nint a;'

extracts "other blocks are left out" \
  $'```sh\n```\n<!-- not compiled -->\n```cpp\nint a;\n```\n```cpp\nint b;\n```' \
  $'#line 8 "page.md"\nint b;'

extracts "a mark is for the block behind it" \
  $'<!-- not compiled -->\nText.\n```cpp\nint a;\n```' \
  $'#line 4 "page.md"\nint a;'

extracts "a mark that is misspelt is an error" \
  $'<!-- tset: Orders -->\n```cpp\nint a;\n```' \
  $'#error page.md:2: unknown mark: tset: Orders\n#line 3 "page.md"\nint a;'

extracts "a block may be a file of another test" \
  $'<!-- embedding_test: orders_test.cc -->\n```cpp\nint a;\n```' \
  $'#line 3 "page.md"\nint a;'

extracts "what .ci/install_test builds is left out" \
  $'<!-- install_test: catch2 -->\n```cpp\nint a;\n```\n```cpp\nint b;\n```' \
  $'#line 6 "page.md"\nint b;'

extracts "a page without code is an error" 'Text.' \
  '#error page.md:1: no ```cpp block'

((failures == 0))
