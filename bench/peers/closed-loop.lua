-- What wrk sends, by turns, and how it tells what it measured. Arguments: mean milliseconds between two requests of one connection (0: at
-- once), then the files that hold whole requests.
local requests, turn, pause = {}, 0, 0

function init(args)
  pause = tonumber(args[1])
  for index = 2, #args do
    local file = assert(io.open(args[index], "rb"))
    requests[index - 1] = file:read("*a")
    file:close()
  end
  math.randomseed(1)
  if pause == 0 then delay = nil end
end

function delay()
  return math.random() * 2 * pause
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failures":%d,"statusFailures":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failures, errors.status
  ))
end
