-- Reads many texts in one Pandoc process: a JSON array of [format, text] on standard input, one
-- JSON document a line on standard output. On standard error a line "@@ n" goes before the
-- messages about text n, those about its formulas included.
local texts = pandoc.json.decode(io.read("a"), false)
local options = pandoc.WriterOptions { html_math_method = "mathml" }
for index, item in ipairs(texts) do
  io.stderr:write("@@ ", index, "\n")
  local doc = pandoc.read(item[2], item[1])
  local formulas = pandoc.Inlines {}
  doc:walk {
    Math = function(formula)
      -- one with a computed number is not whole yet, and a remark in one is left to its format
      if not (formula.text:find("{.render-inline}", 1, true) or formula.text:find("%f[%%\\]%%")) then
        formulas:insert(formula)
      end
    end,
  }
  if #formulas > 0 then
    pandoc.write(pandoc.Pandoc { pandoc.Plain(formulas) }, "html", options)
  end
  io.write(pandoc.write(doc, "json"), "\n")
end
