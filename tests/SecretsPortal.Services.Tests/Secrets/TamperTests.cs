using Microsoft.Data.Sqlite;
using SecretsPortal.Core;
using SecretsPortal.Services.Tests.Replicas;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>
/// Stored rows that somebody changed, read through the real road: each is refused with one and the same error, whatever was changed. Format
/// version 1 is held by the tests of the sealer.
/// </summary>
public sealed class TamperTests
{
    private const string OneMessage = "The stored value can't be decrypted: it was changed, or it belongs to another key, secret or version.";

    [Fact]
    public async Task Every_byte_of_a_stored_row_counts()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "a value that nobody changes");
        var rows = new Rows(portal);
        var original = await rows.Read("s", TestPortal.Region, TestPortal.Token(1));
        for (var i = 0; i < original.Length; i++)
        {
            foreach (var mask in (byte[])[0x01, 0x80])
            {
                var changed = original.ToArray();
                changed[i] ^= mask;
                await rows.Write("s", TestPortal.Region, TestPortal.Token(1), changed);
                await Refused(portal, "s", $"byte {i} of {original.Length} with {mask:x2}");
            }
        }

        foreach (var cut in (int[])[0, 1, original.Length / 2, original.Length - 1])
        {
            await rows.Write("s", TestPortal.Region, TestPortal.Token(1), original[..cut]);
            await Refused(portal, "s", $"cut to {cut}");
        }

        await rows.Write("s", TestPortal.Region, TestPortal.Token(1), [.. original, 0]);
        await Refused(portal, "s", "one byte more");
        await rows.Write("s", TestPortal.Region, TestPortal.Token(1), original);
        Assert.Equal("a value that nobody changes", await portal.Value("s"));
    }

    /// <summary>Equally long values, so that nothing but the binding tells them apart.</summary>
    [Fact]
    public async Task Parts_and_whole_rows_open_in_their_own_place_alone()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "value one");
        await portal.Put("s", "value two", TestPortal.Token(2));
        await portal.Create("t", "value 3rd");
        await portal.Replicate("s");
        var rows = new Rows(portal);
        var places = new[]
        {
            ("s", TestPortal.Region, TestPortal.Token(1)), ("s", TestPortal.Region, TestPortal.Token(2)), ("t", TestPortal.Region, TestPortal.Token(1)),
            ("s", ReplicaTestExtensions.Frankfurt, TestPortal.Token(1)), ("s", ReplicaTestExtensions.Frankfurt, TestPortal.Token(2)),
        };
        var originals = new List<byte[]>();
        foreach (var (name, region, version) in places)
            originals.Add(await rows.Read(name, region, version));
        Assert.Equal(places.Length, originals.Select(Convert.ToHexString).Distinct().Count());

        for (var at = 0; at < places.Length; at++)
        {
            var (name, region, version) = places[at];
            for (var from = 0; from < places.Length; from++)
            {
                if (from == at)
                    continue;
                foreach (var (what, changed) in Swapped(originals[at], originals[from]))
                {
                    await rows.Write(name, region, version, changed);
                    await Refused(portal, name, $"{what} of {places[from]} in {places[at]}", region, version);
                }
            }

            await rows.Write(name, region, version, originals[at]);
        }

        Assert.Equal(["value one", "value two", "value 3rd"], [await portal.Value("s", TestPortal.Token(1)), await portal.Value("s"), await portal.Value("t")]);
        Assert.Equal("value two", await portal.ValueIn(ReplicaTestExtensions.Frankfurt, "s"));
    }

    /// <summary>The stored form of a value, from its description in SealedValue and not from its parser.</summary>
    private static IEnumerable<(string What, byte[] Bytes)> Swapped(byte[] own, byte[] other)
    {
        var (a, b) = (Parts(own), Parts(other));
        yield return ("the row", other);
        yield return ("wrapped key", Join(a with { Wrapped = b.Wrapped }));
        yield return ("wrap", Join(a with { Head = b.Head, Wrapped = b.Wrapped, WrapTag = b.WrapTag }));
        yield return ("wrap tag", Join(a with { WrapTag = b.WrapTag }));
        yield return ("nonce", Join(a with { Nonce = b.Nonce }));
        yield return ("ciphertext", Join(a with { Ciphertext = b.Ciphertext }));
        yield return ("ciphertext, nonce and tag", Join(a with { Nonce = b.Nonce, Ciphertext = b.Ciphertext, Tag = b.Tag }));
        yield return ("tag", Join(a with { Tag = b.Tag }));
    }

    private static SealedParts Parts(byte[] bytes)
    {
        var at = 1;
        for (var i = 0; i < 3; i++)
            at += 2 + (bytes[at] * 256) + bytes[at + 1];
        var wrappedEnd = at + 2 + (bytes[at] * 256) + bytes[at + 1];
        var nonce = wrappedEnd + 32;
        return new SealedParts(bytes[..at], bytes[at..wrappedEnd], bytes[wrappedEnd..nonce], bytes[nonce..(nonce + 12)], bytes[(nonce + 12)..^16], bytes[^16..]);
    }

    private static byte[] Join(SealedParts parts) => [.. parts.Head, .. parts.Wrapped, .. parts.WrapTag, .. parts.Nonce, .. parts.Ciphertext, .. parts.Tag];

    private static async Task Refused(TestPortal portal, string name, string what, string region = TestPortal.Region, string? version = null)
    {
        var fault = await Record.ExceptionAsync(() => portal.Reader.GetValue(portal.AdminIn(region), name, version, null, default));
        Assert.True(fault is PortalException { Error: PortalError.DecryptionFailure, Message: OneMessage, InnerException: null }, $"{what}: {fault}");
    }

    private sealed record SealedParts(byte[] Head, byte[] Wrapped, byte[] WrapTag, byte[] Nonce, byte[] Ciphertext, byte[] Tag);
}

/// <summary>Sealed values as they lie in the database, changed past the portal.</summary>
internal sealed class Rows(TestPortal portal)
{
    private const string Where = "WHERE version_id = $version AND secret_id = (SELECT id FROM secret WHERE name = $name AND region = $region)";

    public async Task<byte[]> Read(string name, string region, string version) =>
        (byte[])(await Run($"SELECT sealed FROM secret_version {Where}", ("$name", name), ("$region", region), ("$version", version)))!;

    public Task Write(string name, string region, string version, byte[] bytes) =>
        Run($"UPDATE secret_version SET sealed = $sealed {Where}", ("$name", name), ("$region", region), ("$version", version), ("$sealed", bytes));

    public async Task<long> Count(string sql) => (long)(await Run(sql))!;

    public async Task<object?> Run(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.Options.DataDirectory, "portal.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync();
    }
}
