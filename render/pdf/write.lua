-- Writes Typst in one Pandoc process. Standard input: a JSON object with
--   formulas: an array of {tex, display}; each is written on its own;
--   document: Pandoc's JSON of the whole book, one Div a chapter, or ""; citeproc runs over all of it, then each
--   chapter is written on its own, so that citations are made once and an error in a chapter can be told from the rest.
-- Standard output: a JSON object of the same keys with Typst's markup.
local input = pandoc.json.decode(io.read("a"), false)
local options = pandoc.WriterOptions({ wrap_text = "none" })

local function typst(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), "typst-smart-citations", options)
end

local formulas = {}
for index, formula in ipairs(input.formulas) do
  local kind = formula[2] and "DisplayMath" or "InlineMath"
  formulas[index] = typst({ pandoc.Plain({ pandoc.Math(kind, formula[1]) }) })
end

local chapters = {}
if input.document ~= "" then
  local book = pandoc.read(input.document, "json")
  if book.meta.bibliography then
    book = pandoc.utils.citeproc(book)
  end
  for index, division in ipairs(book.blocks) do
    chapters[index] = typst(division.t == "Div" and division.content or { division })
  end
end

io.write(pandoc.json.encode({ formulas = formulas, chapters = chapters }))
