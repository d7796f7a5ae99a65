using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// Known values go through the real host in every way there is; then all that it wrote is searched for them in the encodings in which they might
/// have been left: database, write-ahead log, log and console, temporary files. Hangfire's storage beside SQLite is the process's memory, so no file holds it.
/// </summary>
public sealed class CanaryTests
{
    private const string Text = "canary-of-text-Zx81qLr7Wd";
    private const string KeyValue = "canary-of-key-value-Pn40sTv2Kc";
    private const string Second = "canary-of-second-value-Hj66bMy9Qe";
    private const string Replica = "canary-of-replica-Ru35fGa8Xo";
    private static readonly byte[] s_binary = [0, 255, .. Encoding.ASCII.GetBytes("canary-of-binary-Vi27cNk5Jt"), 0, 254];

    [Fact]
    public async Task No_value_is_left_in_anything_that_the_host_writes()
    {
        using var temporary = new TemporaryDirectory();
        await using var portal = await PortalProcess.StartWith(
            // Without the runtime's sockets for debuggers, which lie in the temporary directory and can't be read.
            new Dictionary<string, string> { ["TMPDIR"] = temporary.Path, ["DOTNET_EnableDiagnostics"] = "0" },
            "--Portal:Regions=us-east-1,eu-central-1", "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:Hangfire=Trace");
        await UseValues(portal);

        Assert.Empty(Search(await Written(portal, temporary.Path)));
        // The same search finds one that lies there.
        await File.WriteAllTextAsync(temporary["planted"], $"a dump: {Convert.ToBase64String(Encoding.UTF8.GetBytes($"password={KeyValue}"))}");
        Assert.Equal([$"{KeyValue} in Base64 in {temporary["planted"]}"], Search(await Written(portal, temporary.Path)));
    }

    [Fact]
    public void The_search_finds_a_planted_value_in_each_encoding()
    {
        foreach (var value in (string[])[Text, KeyValue, Second, Replica])
        {
            foreach (var planted in (byte[][])[
                Encoding.UTF8.GetBytes($"x{value}y"), Encoding.Unicode.GetBytes($"x{value}y"), Encoding.BigEndianUnicode.GetBytes($"x{value}y"),
                Encoding.ASCII.GetBytes(Convert.ToHexString(Encoding.UTF8.GetBytes($"x{value}y"))), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"x{value}y"))),
                .. Enumerable.Range(0, 3).Select(lead => Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', lead) + value + "yy"))))])
                Assert.Contains(Canaries(), canary => planted.AsSpan().IndexOf(canary.Needle) >= 0);
        }
    }

    private static List<string> Search(IEnumerable<(string Where, byte[] Bytes)> written) =>
        [.. written.SelectMany(one => Canaries().Where(canary => one.Bytes.AsSpan().IndexOf(canary.Needle) >= 0).Select(canary => $"{canary.What} in {one.Where}")).Distinct()];

    private static async Task UseValues(PortalProcess portal)
    {
        using var aws = Client(portal, "us-east-1");
        using var frankfurt = Client(portal, "eu-central-1");
        await aws.Ok("CreateSecret", new { Name = "text", ClientRequestToken = Token(), SecretString = Text });
        await aws.Ok("CreateSecret", new { Name = "key-value", ClientRequestToken = Token(), SecretString = $$"""{"username":"app","password":"{{KeyValue}}"}""" });
        await aws.Ok("CreateSecret", new { Name = "binary", ClientRequestToken = Token(), SecretBinary = Convert.ToBase64String(s_binary) });
        await aws.Ok("CreateSecret", new { Name = "replica", ClientRequestToken = Token(), SecretString = Replica, AddReplicaRegions = new[] { new { Region = "eu-central-1" } } });
        await aws.Ok("PutSecretValue", new { SecretId = "text", ClientRequestToken = Token(), SecretString = Second });
        await aws.Ok("UpdateSecret", new { SecretId = "binary", ClientRequestToken = Token(), SecretString = Text });
        // The same token with another value, a value that is too long, one in the wrong place: refused, and not left in the refusal.
        var token = Token();
        await aws.Ok("PutSecretValue", new { SecretId = "text", ClientRequestToken = token, SecretString = Second });
        await aws.Call("PutSecretValue", new { SecretId = "text", ClientRequestToken = token, SecretString = Text });
        await aws.Call("PutSecretValue", new { SecretId = "text", ClientRequestToken = Token(), SecretString = Second + new string('x', 70_000) });
        await aws.Call("CreateSecret", new { Name = "bad", ClientRequestToken = Token(), SecretString = Text, SecretBinary = Convert.ToBase64String(s_binary) });
        await aws.Send("secretsmanager.CreateSecret", $$"""{"Name":"bad","SecretString":"{{Text}}" """);
        foreach (var name in (string[])["text", "key-value", "binary", "replica"])
            await aws.Ok("GetSecretValue", new { SecretId = name });
        await aws.Ok("BatchGetSecretValue", new { SecretIdList = new[] { "text", "key-value", "replica" } });
        Assert.Equal(Replica, (await frankfurt.Ok("GetSecretValue", new { SecretId = "replica" }))["SecretString"]);
        // A rotation of a database that is not there: it opens the value, makes a new one, and fails in setSecret.
        await aws.Ok("CreateSecret", new { Name = "database", ClientRequestToken = Token(), SecretString = $$"""{"engine":"postgres","host":"127.0.0.1","port":1,"username":"app","password":"{{KeyValue}}","dbname":"app"}""" });
        await aws.Ok("RotateSecret", new { SecretId = "database", ClientRequestToken = Token(), RotationLambdaARN = "SecretsManagerRDSPostgreSQLRotationSingleUser", RotateImmediately = true });
        await aws.Ok("DeleteSecret", new { SecretId = "key-value", ForceDeleteWithoutRecovery = true });
        await Task.Delay(TimeSpan.FromSeconds(12));
    }

    /// <summary>All that the process wrote: its data directory (the write-ahead log in it too, for it still runs), its temporary directory, its output.</summary>
    private static async Task<List<(string Where, byte[] Bytes)>> Written(PortalProcess portal, string temporary)
    {
        var written = new List<(string, byte[])> { ("console and log", Encoding.UTF8.GetBytes(portal.Output)) };
        foreach (var path in Directory.EnumerateFiles(portal.DataDirectory, "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories)))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes);
            written.Add((path, bytes.ToArray()));
        }

        Assert.Contains(written, one => one.Item1.EndsWith("portal.db", StringComparison.Ordinal) && one.Item2.Length > 0);
        Assert.Contains(written, one => one.Item1.EndsWith("portal.db-wal", StringComparison.Ordinal) && one.Item2.Length > 0);
        Assert.True(written[0].Item2.Length > 10_000, "The log at level Trace is missing.");
        return written;
    }

    private static IEnumerable<(string What, byte[] Needle)> Canaries()
    {
        foreach (var value in (byte[][])[.. new[] { Text, KeyValue, Second, Replica }.Select(Encoding.ASCII.GetBytes), s_binary])
        {
            var text = Encoding.Latin1.GetString(value);
            var name = Encoding.ASCII.GetString([.. value.Where(b => b is > 31 and < 127)]);
            yield return ($"{name} in UTF-8", value);
            yield return ($"{name} in UTF-16LE", Encoding.Unicode.GetBytes(text));
            yield return ($"{name} in UTF-16BE", Encoding.BigEndianUnicode.GetBytes(text));
            yield return ($"{name} in hex", Encoding.ASCII.GetBytes(Convert.ToHexString(value)));
            yield return ($"{name} in hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(value)));
            for (var lead = 0; lead < 3; lead++)
                yield return ($"{name} in Base64", Base64Core(value, lead));
        }
    }

    /// <summary>The characters of Base64 that the value alone decides, wherever it stands within its groups of three bytes.</summary>
    private static byte[] Base64Core(byte[] value, int lead)
    {
        var text = Convert.ToBase64String([.. new byte[lead], .. value]);
        var from = lead == 0 ? 0 : lead + 1;
        var until = (lead + value.Length) * 8 / 6;
        return Encoding.ASCII.GetBytes(text[from..until]);
    }

    private static SigningClient Client(PortalProcess portal, string region) =>
        new(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), region);

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
