-- Reads many texts in one Pandoc process: a JSON array of [format, text] on standard input, one
-- JSON document a line on standard output. On standard error a line "@@ n" goes before the
-- messages about text n.
local texts = pandoc.json.decode(io.read("a"), false)
for index, item in ipairs(texts) do
  io.stderr:write("@@ ", index, "\n")
  io.write(pandoc.write(pandoc.read(item[2], item[1]), "json"), "\n")
end
