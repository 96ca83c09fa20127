# Makes one C++ file of the ```cpp blocks of a Markdown page, in their order, so
# that a later one may use what an earlier one declares:
#
#   awk -v page=dsql/docs/testing.md -f extract_snippets.awk page.md > page.cc
#
# A block is code of a file. A comment in the lines before it says otherwise:
#   <!-- test: Fixture -->   it is the body of a test of that fixture
#   <!-- not compiled -->    it is left out
#   <!-- install_test: x --> it is left out, because .ci/install_test builds it
#   <!-- embedding_test: orders.cc -->  .ci/embedding_test builds it, too
# The compiler's messages name the page and its lines.

BEGIN { blocks = 0; mark = "" }

function fail(message) {
  printf "#error %s:%d: %s\n", page, NR, message
}

inside && /^```/ {
  if (wanted && fixture != "") print "}"
  inside = 0
  mark = ""
  next
}

inside {
  if (wanted) print
  next
}

/^```cpp *$/ {
  inside = 1
  wanted = (mark != "not compiled" && mark !~ /^install_test: [a-z0-9_]+$/)
  fixture = ""
  if (mark ~ /^test: [A-Za-z0-9_]+$/) {
    fixture = substr(mark, 7)
  } else if (mark != "" && wanted && mark !~ /^embedding_test: [a-z_.]+$/) {
    fail("unknown mark: " mark)
  }
  if (!wanted) next
  blocks++
  if (fixture != "") printf "TEST_F(%s, Line%d) {\n", fixture, NR
  printf "#line %d \"%s\"\n", NR + 1, page
  next
}

/^```/ {  # another language
  inside = 1
  wanted = 0
  fixture = ""
  next
}

/^<!-- .* -->$/ {
  mark = substr($0, 6, length($0) - 9)
  next
}

NF { mark = "" }

END {
  if (inside) fail("a block is not closed")
  if (blocks == 0) fail("no ```cpp block")
}
