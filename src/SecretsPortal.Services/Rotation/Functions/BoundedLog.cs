using System.Text;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>The last of what a function wrote. Safe to be written by several at once.</summary>
internal sealed class BoundedLog
{
    /// <summary>How much is kept, in bytes.</summary>
    public const int Capacity = 64 * 1024;

    /// <summary>What a log begins with whose beginning was dropped.</summary>
    public const string CutMark = "…\n";

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[Capacity];
    private long _written;

    /// <summary>How much was written, in bytes.</summary>
    public long Written
    {
        get
        {
            lock (_lock)
                return _written;
        }
    }

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var part in bytes)
                _ring[_written++ % Capacity] = part;
        }
    }

    /// <summary>
    /// What is kept, read as UTF-8. Where the beginning was dropped, so is the line that it would begin within: half a secret would pass as none. (Of
    /// one in several lines the rest is found by <see cref="Scrubber"/>.)
    /// </summary>
    public string Text()
    {
        byte[] bytes;
        bool isCut;
        lock (_lock)
        {
            isCut = _written > Capacity;
            var start = isCut ? (int)(_written % Capacity) : 0;
            bytes = isCut ? [.. _ring[start..], .. _ring[..start]] : _ring[..(int)_written];
        }

        var text = Encoding.UTF8.GetString(bytes);
        return isCut ? WithoutFirstLine(text) : text;
    }

    /// <summary>A text whose beginning was cut off somewhere, from its first whole line on.</summary>
    public static string WithoutFirstLine(string text)
    {
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        return line < 0 ? "… (one line without an end)\n" : CutMark + text[(line + 1)..];
    }
}
