// What Redis does with votes, whole or not at all: the voter's key is the once-rule, the stream is the ballot box.

// KEYS: stream, voter's key. ARGV: voter, ballot, receipt.
export const PLAIN_SCRIPT = `
  if redis.call('SET', KEYS[2], ARGV[3] .. ARGV[2], 'NX') then
    redis.call('XADD', KEYS[1], '*', 'voter', ARGV[1], 'ballot', ARGV[2], 'receipt', ARGV[3])
    return {1, ARGV[3]}
  end
  local counted = redis.call('GET', KEYS[2])
  if string.sub(counted, #ARGV[3] + 1) ~= ARGV[2] then
    return {-1, ''}
  end
  return {0, string.sub(counted, 1, #ARGV[3])}
`;

// KEYS: stream, then the voters' keys. ARGV: three a voter. Answers two a voter.
export const BATCHED_SCRIPT = `
  local outcomes = {}
  for i = 2, #KEYS do
    local voter, ballot, receipt = ARGV[3 * i - 5], ARGV[3 * i - 4], ARGV[3 * i - 3]
    if redis.call('SET', KEYS[i], receipt .. ballot, 'NX') then
      redis.call('XADD', KEYS[1], '*', 'voter', voter, 'ballot', ballot, 'receipt', receipt)
      outcomes[#outcomes + 1] = 1
      outcomes[#outcomes + 1] = receipt
    else
      local counted = redis.call('GET', KEYS[i])
      local is_same = string.sub(counted, #receipt + 1) == ballot
      outcomes[#outcomes + 1] = is_same and 0 or -1
      outcomes[#outcomes + 1] = is_same and string.sub(counted, 1, #receipt) or ''
    end
  end
  return outcomes
`;
