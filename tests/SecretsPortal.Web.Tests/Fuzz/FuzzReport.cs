using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SecretsPortal.Web.Tests.Fuzz;

/// <summary>What a run has tried and found.</summary>
public sealed class FuzzReport(ulong seed)
{
    private const int MostFindings = 20;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<string, int> _operations = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentQueue<string> _findings = new();
    private readonly PriorityQueue<string, TimeSpan> _slowest = new();
    private int _inputs;
    private int _serverFaults;
    private int _found;

    /// <summary>Calls answered so far.</summary>
    public int Inputs => _inputs;

    /// <summary>What broke a rule, each with what it takes to repeat it; empty when all is well.</summary>
    public IReadOnlyCollection<string> Findings => _findings;

    /// <summary>Counts an answer.</summary>
    public void Count(string operation, int status, string answer, TimeSpan took)
    {
        Interlocked.Increment(ref _inputs);
        _operations.AddOrUpdate(operation, 1, static (_, n) => n + 1);
        _answers.AddOrUpdate(answer, 1, static (_, n) => n + 1);
        if (status >= 500)
            Interlocked.Increment(ref _serverFaults);
        lock (_slowest)
        {
            _slowest.Enqueue($"{took.TotalMilliseconds,8:0.0} ms  {operation} {answer}", took);
            if (_slowest.Count > 10)
                _slowest.Dequeue();
        }
    }

    /// <summary>Keeps a finding; only the first ones, so that one fault does not fill the disk.</summary>
    public void Found(string finding)
    {
        if (Interlocked.Increment(ref _found) <= MostFindings)
            _findings.Enqueue(finding);
    }

    public override string ToString()
    {
        var took = Stopwatch.GetElapsedTime(_started);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {seed}: {_inputs} inputs in {took.TotalSeconds:0} s ({_inputs / took.TotalSeconds:0} a second), {_serverFaults} answers of 5xx, {_found} findings");
        Table(text, "operations", _operations);
        Table(text, "answers", _answers);
        text.AppendLine("slowest answers");
        lock (_slowest)
            foreach (var (line, _) in _slowest.UnorderedItems.OrderByDescending(item => item.Priority))
                text.AppendLine(line);
        foreach (var finding in _findings)
            text.AppendLine(CultureInfo.InvariantCulture, $"FOUND {finding}");
        return text.ToString();
    }

    private static void Table(StringBuilder text, string title, ConcurrentDictionary<string, int> counts)
    {
        text.AppendLine(title);
        foreach (var (name, count) in counts.OrderByDescending(pair => pair.Value))
            text.AppendLine(CultureInfo.InvariantCulture, $"{count,10}  {name}");
    }
}
