namespace SecretsPortal.Services.Access;

/// <summary>
/// Sign-ins of one name from one place are answered one after the other on this node: an attempt counts as failed until it is answered
/// (<see cref="SignInThrottle"/>), so that whoever signs in on two tabs at once would be told to wait for failures of their own making. Nobody guesses faster
/// by it: each attempt is still counted as it begins.
/// </summary>
internal sealed class SignInTurns
{
    // Whoever sends more at once is not somebody with two tabs: they are counted at once, as they come.
    private const int MostWaiting = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Waits for the attempts of <paramref name="place"/> that came before, for five seconds at most; dispose of it once it is answered.</summary>
    /// <param name="place">The name and where it comes from; held for as long as the attempt takes.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IDisposable> Take(string place, CancellationToken cancel)
    {
        Line? line;
        lock (_lock)
        {
            if (!_lines.TryGetValue(place, out line))
                _lines[place] = line = new Line();
            line.Count++;
        }

        var turn = new Turn(this, place, line);
        try
        {
            turn.IsIn = line.Count <= MostWaiting + 1 && await line.Gate.WaitAsync(s_patience, cancel);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private void Leave(string place, Line line, bool isIn)
    {
        if (isIn)
            line.Gate.Release();
        lock (_lock)
        {
            if (--line.Count > 0)
                return;
            _lines.Remove(place);
        }

        line.Gate.Dispose();
    }

    private sealed class Line
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public int Count { get; set; }
    }

    private sealed class Turn(SignInTurns turns, string place, Line line) : IDisposable
    {
        public bool IsIn { get; set; }

        public void Dispose() => turns.Leave(place, line, IsIn);
    }
}
