using System.Security.Cryptography;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>
/// A real PostgreSQL role whose password a function of one's own rotates: the portal as a process starts it, and it speaks the AWS API of the portal.
/// </summary>
public sealed class FunctionRotationTests(ITestOutputHelper output)
{
    private const string FirstPassword = "first-password-set-by-hand";

    [Theory]
    [InlineData("Python3", "rotate_postgres.py", "rotate_postgres.lambda_handler")]
    [InlineData("NodeJs", "rotate_postgres.mjs", "rotate_postgres.handler")]
    public async Task A_function_rotates_a_real_role_and_the_old_password_is_void(string runtime, string file, string handler)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes run on Linux alone.");
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        Assert.SkipUnless(runtime == "Python3" ? Directory.Exists("/usr/lib/python3/dist-packages/boto3") : File.Exists("/usr/bin/node"), "boto3 or Node.js is not installed.");
        using var functions = new TemporaryDirectory();
        Directory.CreateDirectory(functions["pg"]);
        File.Copy(RepositoryRoot.File($"tests/SecretsPortal.EndToEnd.Tests/Functions/{file}"), Path.Combine(functions["pg"], file));
        (await ExternalCommand.Run("chmod", ["-R", "a+rX", functions.Path])).Succeeded("chmod");
        await using var database = await PostgresServer.Start();
        await database.Execute($"CREATE ROLE orders LOGIN PASSWORD '{FirstPassword}'");
        await using var portal = await PortalProcess.Start($"--Portal:Functions:Directory={functions.Path}");
        using var http = new HttpClient();

        await Send(http, portal, "/api/v1/functions", null, new
        {
            name = "rotate-orders", kind = "Process", allowedSecrets = new[] { "prod/*" }, timeoutSeconds = 120, process = new { runtime, folder = "pg", handler, memoryMiB = 512 },
        });
        var value = JsonSerializer.Serialize(new { engine = "postgres", host = database.Host, port = database.Port, username = "orders", password = FirstPassword });
        await Send(http, portal, "/", "CreateSecret", new { Name = "prod/orders", SecretString = value, ClientRequestToken = Token() });
        var token = Token();
        await Send(http, portal, "/", "RotateSecret", new { SecretId = "prod/orders", RotationLambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:rotate-orders", ClientRequestToken = token });

        var labels = await Labels(http, portal);
        for (var began = TimeProvider.System.GetTimestamp(); labels.Contains("AWSPENDING", StringComparison.Ordinal) || !labels.Contains("AWSPREVIOUS", StringComparison.Ordinal); labels = await Labels(http, portal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(3), $"{labels}\n{portal.Output}");
            await Task.Delay(300);
        }

        output.WriteLine(labels);
        var rotated = JsonDocument.Parse(await Send(http, portal, "/", "GetSecretValue", new { SecretId = "prod/orders" })).RootElement;
        var password = JsonDocument.Parse(rotated.GetProperty("SecretString").GetString()!).RootElement.GetProperty("password").GetString()!;
        Assert.Equal(token, rotated.GetProperty("VersionId").GetString());
        Assert.True(await database.CanLogIn("orders", password), "The rotated password logs in.");
        Assert.False(await database.CanLogIn("orders", FirstPassword), "The first password is refused.");
        Assert.DoesNotContain(password, portal.Output, StringComparison.Ordinal);
    }

    private static async Task<string> Labels(HttpClient http, PortalProcess portal) =>
        JsonDocument.Parse(await Send(http, portal, "/", "DescribeSecret", new { SecretId = "prod/orders" })).RootElement.GetProperty("VersionIdsToStages").GetRawText();

    private static async Task<string> Send(HttpClient http, PortalProcess portal, string path, string? target, object input)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(input);
        List<KeyValuePair<string, string>> headers = [new("Host", portal.Address.Authority), new("Content-Type", "application/x-amz-json-1.1")];
        if (target is not null)
            headers.Add(new("X-Amz-Target", $"secretsmanager.{target}"));
        var signed = new SignedRequest { Method = "POST", Path = path, Query = "", Headers = headers, BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)) };
        headers.AddRange(SigV4Signer.Sign(
            signed, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1", "secretsmanager", TimeProvider.System.GetUtcNow()));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(portal.Address, path)) { Content = new ByteArrayContent(body) };
        foreach (var (name, text) in headers.Where(header => header.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, text))
                request.Content.Headers.TryAddWithoutValidation(name, text);
        }

        using var answer = await http.SendAsync(request);
        var content = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? content : throw new InvalidOperationException($"{target ?? path} answered {(int)answer.StatusCode}: {content}");
    }

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
