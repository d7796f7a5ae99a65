using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Bench;

/// <summary>
/// Kestrel with a fixed answer, and the same with the first steps of the road before it, each on top of the one before: what a request
/// costs at least, and what each step adds.
/// </summary>
internal static class StepServer
{
    /// <summary>A fixed answer and nothing else.</summary>
    public const string Bare = "bare";

    private const string Account = "000000000000";
    private const string Action = "secretsmanager:GetSecretValue";

    private static readonly Dictionary<string, string> s_steps = new(StringComparer.Ordinal)
    {
        [Bare] = "bare Kestrel, fixed answer",
        ["signed"] = "+ signature verified",
        ["decided"] = "+ policy decided",
        ["opened"] = "+ request parsed, value opened with its data key at hand, answer written",
    };

    private static readonly byte[] s_answer = Encoding.UTF8.GetBytes(
        """{"ARN":"arn:aws:secretsmanager:us-east-1:000000000000:secret:bench/team-00/secret-000000-AbCdEf","CreatedDate":1790000000.123,"Name":"bench/team-00/secret-000000","SecretString":"{\"username\":\"user0\",\"password\":\"a value of a common length, 48 characters\"}","VersionId":"0190b5a0-0000-7000-8000-000000000000","VersionStages":["AWSCURRENT"]}""");

    /// <summary>The steps in their order.</summary>
    public static IReadOnlyList<string> Names => [.. s_steps.Keys];

    /// <summary>The step as the table names it.</summary>
    public static string Describe(string step) => s_steps[step];

    /// <summary>Serves until the process is ended.</summary>
    public static async Task<int> Run(string step, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        var road = new Road(Names.ToList().IndexOf(step));
        app.MapGet("/health/ready", static () => "ready");
        app.MapPost("/", road.Answer);
        await app.RunAsync();
        return 0;
    }

    /// <summary>The road up to a step.</summary>
    private sealed class Road(int last)
    {
        private static readonly EncryptionContext s_context = new(Account, "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench/team-00/secret-000000-AbCdEf", "0190b5a0-0000-7000-8000-000000000000");
        private static readonly byte[] s_dataKey = RandomNumberGenerator.GetBytes(AesGcmSealer.KeySize);

        private static readonly byte[] s_sealed = AesGcmSealer.Seal(
            Encoding.UTF8.GetBytes("""{"username":"user0","password":"a value of a common length, 48 characters"}"""), s_dataKey, new byte[61], "key", "1", s_context, RandomNumberGenerator.Fill).ToBytes();

        private static readonly NamedPolicy s_policy = new("Administrator", PolicyDocument.Parse(
            """{"Version":"2012-10-17","Statement":[{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}]}""", isResourcePolicy: false));

        private static readonly Caller s_caller = new() { Id = new string('1', 32), Kind = CallerKind.Client, Name = "bench", Arn = $"arn:aws:iam::{Account}:user/client/bench" };

        // A cipher serves one thread at a time, and making one costs more than opening a short value; the portal keeps them, too.
        [ThreadStatic]
        private static AesGcm? t_cipher;

        private (string Date, byte[] Key)? _signingKey;

        public async Task Answer(HttpContext http)
        {
            var answer = s_answer;
            if (last >= 1)
            {
                var body = await Read(http);
                Verify(http, body);
                if (last >= 2)
                    Decide(http);
                if (last >= 3)
                    answer = Open(body);
            }

            http.Response.ContentType = "application/x-amz-json-1.1";
            http.Response.ContentLength = answer.Length;
            await http.Response.Body.WriteAsync(answer);
        }

        private static async Task<byte[]> Read(HttpContext http)
        {
            var body = new byte[http.Request.ContentLength ?? 0];
            await http.Request.Body.ReadExactlyAsync(body);
            return body;
        }

        private void Verify(HttpContext http, byte[] body)
        {
            var request = new SignedRequest
            {
                Method = http.Request.Method,
                Path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                Query = "",
                Headers = [.. from header in http.Request.Headers from value in header.Value select KeyValuePair.Create(header.Key, value ?? "")],
                BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
            };
            var claim = SigV4Verifier.Read(request, "secretsmanager", TimeProvider.System.GetUtcNow());
            if (_signingKey?.Date != claim.Date)
                _signingKey = (claim.Date, SigningKey.Derive(SignedRequests.SecretAccessKey, claim.Date, claim.Region, claim.Service));
            SigV4Verifier.Verify(request, claim, _signingKey.Value.Key);
        }

        private static void Decide(HttpContext http)
        {
            var now = TimeProvider.System.GetUtcNow();
            var context = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                ["aws:PrincipalArn"] = [s_caller.Arn],
                ["aws:SourceIp"] = [http.Connection.RemoteIpAddress!.ToString()],
                ["aws:CurrentTime"] = [now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)],
            };
            if (!PolicyEvaluator.Evaluate(new AuthorizationRequest(s_caller, Action, s_context.Resource, context), [s_policy], resourcePolicy: null).IsAllowed)
                throw new InvalidOperationException("The benchmark's policy denies.");
        }

        private static byte[] Open(byte[] body)
        {
            using var request = JsonDocument.Parse(body);
            var name = request.RootElement.GetProperty("SecretId").GetString();
            var value = AesGcmSealer.Open(SealedValue.Parse(s_sealed), t_cipher ??= new AesGcm(s_dataKey, SealedValue.TagSize), s_context);
            return JsonSerializer.SerializeToUtf8Bytes(new
            {
                ARN = s_context.Resource, CreatedDate = 1790000000.123, Name = name, SecretString = Encoding.UTF8.GetString(value),
                VersionId = s_context.Version, VersionStages = s_stages,
            });
        }

        private static readonly string[] s_stages = ["AWSCURRENT"];
    }
}
