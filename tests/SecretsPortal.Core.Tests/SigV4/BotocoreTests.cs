using System.Globalization;
using System.Text.Json;
using CsCheck;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Core.Tests.SigV4;

/// <summary>The canonical request and signature of AWS's own client library for the same requests, many at a time.</summary>
public sealed class BotocoreTests
{
    // Debian's, beside which botocore is installed; a Python from elsewhere on the PATH does not have it.
    private const string Python = "/usr/bin/python3";
    private const string Timestamp = "20260301T120000Z";
    private const string Region = "eu-west-1";
    private const string Service = "secretsmanager";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const int BatchSize = 500;

    [Fact]
    public async Task Both_derive_the_same_canonical_request_and_signature()
    {
        var isInstalled = File.Exists(Python) && (await ExternalCommand.Run(Python, ["-c", "import botocore.auth"])).ExitCode == 0;
        Assert.SkipUnless(isInstalled, "botocore is not installed (apt-get install python3-boto3).");
        await GeneratedRequest.Any.Array[BatchSize].SampleAsync(Compare, iter: Math.Max(1, Fuzzing.Iterations(2 * BatchSize) / BatchSize), threads: 2);
    }

    private static async Task Compare(GeneratedRequest[] batch)
    {
        var input = JsonSerializer.Serialize(batch.Select(r => new
        {
            method = r.Method,
            host = GeneratedRequest.Host,
            path = r.Path,
            query = r.Query.Select(p => new[] { p.Name, p.Value }),
            headers = Dated(r).Headers.Select(h => new[] { h.Key, h.Value }),
            body = Convert.ToHexStringLower(r.Body),
            timestamp = Timestamp,
            accessKeyId = "AKIDEXAMPLE",
            secretAccessKey = Secret,
            region = Region,
            service = Service,
        }));
        var run = await ExternalCommand.Run(Python, ["-c", VectorFile.Text("botocore_signatures.py")], input: input);
        using var answers = JsonDocument.Parse(run.Succeeded("botocore"));
        var key = SigningKey.Derive(Secret, Timestamp[..8], Region, Service);
        foreach (var (generated, answer) in batch.Zip(answers.RootElement.EnumerateArray()))
        {
            var request = Dated(generated);
            string[] names = [.. request.Headers.Select(h => h.Key.ToLower(CultureInfo.InvariantCulture)).Distinct().Order(StringComparer.Ordinal)];
            var canonical = CanonicalRequest.Text(request, names);
            Assert.Equal(answer.Text("canonicalRequest"), canonical);
            Assert.Equal(answer.Text("signature"), Convert.ToHexStringLower(
                CanonicalRequest.Signature(key, CanonicalRequest.StringToSign(Timestamp, Timestamp[..8], Region, Service, canonical))));
        }
    }

    private static SignedRequest Dated(GeneratedRequest generated)
    {
        var request = generated.ToRequest();
        return request with { Headers = [.. request.Headers, new("X-Amz-Date", Timestamp)] };
    }
}
