using System.Net;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>A real disk that is full.</summary>
public sealed class DiskTests
{
    private const int Megabytes = 48;

    [Fact]
    public async Task On_a_full_disk_nothing_leaves_and_nothing_is_half_done_until_there_is_room_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root may mount a disk.");
        await using var portal = await PortalProcess.StartOnDisk(Megabytes, "--Logging:LogLevel:Default=Warning");
        using var aws = new SigningClient(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        await aws.Ok("CreateSecret", new { Name = "db", SecretString = "first-value", ClientRequestToken = Token() });
        Assert.Equal("first-value", (await aws.Call("GetSecretValue", new { SecretId = "db" }))["SecretString"]);

        var filler = Path.Combine(portal.OutsideDataDirectory, "filler");
        Fill(filler);
        // What is in memory or in a page that has room may still be written; soon nothing is.
        for (var i = 0; i < 200 && (await aws.Call("GetSecretValue", new { SecretId = "db" })).Message.IsSuccessStatusCode; i++)
            Fill(filler);
        foreach (var (operation, body) in new (string, object)[]
        {
            ("GetSecretValue", new { SecretId = "db" }),
            ("BatchGetSecretValue", new { SecretIdList = new[] { "db" } }),
            ("PutSecretValue", new { SecretId = "db", SecretString = "second-value", ClientRequestToken = Token() }),
            ("CreateSecret", new { Name = "another", SecretString = new string('x', 60_000), ClientRequestToken = Token() }),
        })
        {
            var refused = await aws.Call(operation, body);
            Assert.True(refused.Status is HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable, $"{operation}: {refused.Status} {refused.Text}");
            Assert.False(string.IsNullOrEmpty(refused.ErrorMessage), operation);
            Assert.DoesNotContain("-value", refused.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(" at SecretsPortal.", refused.Text, StringComparison.Ordinal);
        }

        File.Delete(filler);
        var again = await aws.Call("GetSecretValue", new { SecretId = "db" });
        for (var i = 0; i < 100 && !again.Message.IsSuccessStatusCode; i++)
        {
            await Task.Delay(100);
            again = await aws.Call("GetSecretValue", new { SecretId = "db" });
        }

        Assert.Equal("first-value", again["SecretString"]);
        Assert.Single((await aws.Call("ListSecretVersionIds", new { SecretId = "db", IncludeDeprecated = true })).Json.GetProperty("Versions").EnumerateArray());
        await aws.Refused("DescribeSecret", new { SecretId = "another" }, "ResourceNotFoundException");
        await aws.Ok("PutSecretValue", new { SecretId = "db", SecretString = "second-value", ClientRequestToken = Token() });
        Assert.Equal("second-value", (await aws.Call("GetSecretValue", new { SecretId = "db" }))["SecretString"]);
    }

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static void Fill(string path)
    {
        var block = new byte[4096];
        try
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (file.Length < Megabytes * 1024L * 1024)
                file.Write(block);
        }
        catch (IOException)
        {
            // It is full.
        }
    }
}
