-- Counts in Quarto's PDF what only the website shows, so that a figure has one number in both.
-- What is not shown leaves the steps of its counters behind; those of figures float, as figures may.

local STEPS = {
  fig = 'place(auto, float: true, clearance: 0pt, counter(figure.where(kind: "quarto-float-fig")).step())',
  tbl = 'counter(figure.where(kind: "quarto-float-tbl")).step()',
  eq = "counter(math.equation).step()",
}
for kind, name in pairs({
  thm = "theorem", lem = "lemma", cor = "corollary", prp = "proposition",
  cnj = "conjecture", def = "definition", exm = "example", exr = "exercise",
}) do
  STEPS[kind] = "(" .. name .. "-counter.step)()"
end

local function hidden(div)
  local visible = div.classes:includes("content-visible")
  if not visible and not div.classes:includes("content-hidden") then return false end
  local holds = true
  for key, value in pairs(div.attributes) do
    if key == "when-format" then holds = holds and quarto.doc.is_format(value) end
    if key == "unless-format" then holds = holds and not quarto.doc.is_format(value) end
  end
  return holds ~= visible
end

local met = {}

-- The step of what a label numbers, where the label has not been met: it may stand once for each format.
local function step_of(el)
  local label = el.identifier or el.text:match("^{#(eq%-[^}]+)")
  local step = label and not met[label] and STEPS[label:match("^(%a+)%-")]
  if step then met[label] = true end
  return step
end

local function each_labelled(blocks, see)
  local function look(el) see(el) end
  blocks:walk({ traverse = "topdown", Div = look, Figure = look, Image = look, Str = look, Table = look })
end

local function steps_in(blocks, titles)
  local found = pandoc.List()
  local function add(el) found:extend({ step_of(el) or nil }) end
  blocks:walk({
    traverse = "topdown",
    Div = function(el)
      local before = #found
      add(el)
      local class = table.concat(el.classes, " ")
      if #found > before or class:find("callout") or class:find("panel%-tabset") or class:find("proof") then
        found:extend(steps_in(el.content, true))
        return el, false
      end
    end,
    Header = function(el)
      if not titles and not el.classes:includes("unnumbered") then
        found:insert("counter(heading).step(level: " .. el.level .. ")")
      end
    end,
    Figure = add, Image = add, Str = add, Table = add,
  })
  return found
end

function Pandoc(doc)
  local shown = doc.blocks:walk({ Div = function(div) if hidden(div) then return {} end end })
  each_labelled(shown, step_of)
  doc.blocks = doc.blocks:walk({
    traverse = "topdown",
    Div = function(div)
      if not hidden(div) then return nil end
      local steps = steps_in(div.content, false):map(function(step) return "#" .. step end)
      return pandoc.RawBlock("typst", table.concat(steps, "\n")), false
    end,
  })
  return doc
end
