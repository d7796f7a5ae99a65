using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace SecretsPortal.Storage;

/// <summary>
/// SQLite connections for <see cref="Session"/> that are kept between uses, with what each has prepared: the driver's own pool keeps no statements,
/// and to prepare one takes longer than to run it.
/// </summary>
internal sealed class KeptConnections(string connectionString) : IDisposable
{
    // Each has a page cache of its own. Beyond these, one that comes back is closed.
    private static readonly int s_most = Math.Clamp(Environment.ProcessorCount * 2, 4, 16);

    private readonly ConcurrentBag<KeptConnection> _idle = [];
    private volatile bool _isClosed;

    /// <summary>One that was used before, open and ready; otherwise a new one, which is not open yet.</summary>
    public KeptConnection Take() => _idle.TryTake(out var kept) ? kept : new KeptConnection(connectionString);

    /// <summary>Takes one back that is in no transaction and that nothing went wrong with.</summary>
    public void GiveBack(KeptConnection connection)
    {
        if (_isClosed || _idle.Count >= s_most)
        {
            connection.Dispose();
            return;
        }

        _idle.Add(connection);
        if (_isClosed)
            Dispose();
    }

    /// <summary>Closes those that are idle; the others are closed when they come back.</summary>
    public void Dispose()
    {
        _isClosed = true;
        CloseIdle();
    }

    /// <summary>Closes those that are idle now.</summary>
    public void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
            connection.Dispose();
    }
}

/// <summary>A connection that hands a statement's command out again when the statement comes again.</summary>
internal sealed class KeptConnection(string connectionString) : SqliteConnection(connectionString)
{
    private readonly Dictionary<string, KeptCommand> _commands = new(StringComparer.Ordinal);
    private string? _expected;

    /// <summary>Says which statement the next command is for: whoever makes it sets its text only afterwards.</summary>
    public void Expect(string text) => _expected = text;

    /// <inheritdoc/>
    [SuppressMessage("Security", "CA2100", Justification = "Session gives the texts, which are the static fields that Sql.All finds.")]
    public override SqliteCommand CreateCommand()
    {
        if (_expected is not { } text)
            return base.CreateCommand();
        _expected = null;
        if (!_commands.TryGetValue(text, out var command))
            _commands[text] = command = new KeptCommand { Connection = this, CommandTimeout = DefaultTimeout, CommandText = text };
        return command;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var command in _commands.Values)
                command.End();
            _commands.Clear();
        }

        base.Dispose(disposing);
    }

    /// <summary>Whoever has used it disposes of it, which leaves it prepared, without its parameters.</summary>
    private sealed class KeptCommand : SqliteCommand
    {
        private bool _isEnding;

        public void End()
        {
            _isEnding = true;
            Dispose();
        }

        protected override void Dispose(bool disposing)
        {
            if (_isEnding || !disposing)
            {
                base.Dispose(disposing);
                return;
            }

            Parameters.Clear();
            Transaction = null;
        }
    }
}
