-- wrk's requests: bodies and keys from the files BENCH_BODIES and BENCH_KEYS, one a line, in turn.
local requests, at = {}, 0

function init()
  local keys = {}
  for key in io.lines(os.getenv("BENCH_KEYS")) do keys[#keys + 1] = key end
  for body in io.lines(os.getenv("BENCH_BODIES")) do
    local headers = {["content-type"] = "application/json", ["authorization"] = "Bearer " .. keys[#requests % #keys + 1]}
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
