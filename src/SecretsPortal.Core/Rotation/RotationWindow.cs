using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.Rotation;

/// <summary>A stretch of time in which a rotation may begin.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its first instant after.</param>
public sealed record RotationWindow(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>How far into a window a rotation begins at most, however long the window is.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>
    /// When the rotation of a secret begins: a place in the first half of the window, at most an hour into it, that its id alone decides. So
    /// secrets of one schedule do not all begin in the same second, each begins at the same place in every window, all nodes agree, and half of
    /// the window is left for retries.
    /// </summary>
    /// <param name="secretId">The portal's id of the secret.</param>
    public DateTimeOffset BeginOf(string secretId)
    {
        var spread = (End - Start) / 2 < LongestDelay ? (End - Start) / 2 : LongestDelay;
        var seconds = (ulong)spread.TotalSeconds;
        if (seconds == 0)
            return Start;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(secretId), hash);
        return Start + TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt64BigEndian(hash) % seconds);
    }
}
