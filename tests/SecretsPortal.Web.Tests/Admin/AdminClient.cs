using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>An answer of the administration API.</summary>
public sealed record AdminAnswer(HttpStatusCode Status, string Text, HttpResponseMessage Message)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The error's code.</summary>
    public string? Code => Json.GetProperty("code").GetString();

    /// <summary>A member's text.</summary>
    public string? this[string member] => Json.GetProperty(member).GetString();

    /// <summary>The fields that an error names.</summary>
    public IReadOnlyList<string> Fields => Json.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateObject().Select(e => e.Name)] : [];

    public override string ToString() => $"{(int)Status} {Text}";
}

/// <summary>Speaks the administration API: signed with an access key, with a session's cookie, or without either.</summary>
public sealed class AdminClient(Uri address, SigningCredentials? credentials = null, string? cookie = null, string region = "us-east-1") : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    /// <summary>Sends and expects a status of success.</summary>
    public async Task<AdminAnswer> Ok(string method, string path, object? body = null)
    {
        var answer = await Send(method, path, body);
        Assert.True((int)answer.Status is >= 200 and < 300, $"{method} {path} answered {answer}");
        return answer;
    }

    /// <summary>Sends and expects an error of this status; gives its code.</summary>
    public async Task<string?> Refused(string method, string path, int status, object? body = null)
    {
        var answer = await Send(method, path, body);
        Assert.True((int)answer.Status == status, $"{method} {path} answered {answer}");
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType?.MediaType);
        return answer.Code;
    }

    /// <summary>Sends an object as JSON; a session's request carries what one of the portal's own pages would.</summary>
    public Task<AdminAnswer> Send(string method, string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendBytes(method, path, body switch { null => [], string text => Encoding.UTF8.GetBytes(text), byte[] bytes => bytes, _ => JsonSerializer.SerializeToUtf8Bytes(body) },
            cookie is null || method == "GET" ? headers : [("X-Portal-Request", "1"), ("Sec-Fetch-Site", "same-origin"), .. headers]);

    /// <summary>Sends bytes with these headers and no more.</summary>
    public async Task<AdminAnswer> SendBytes(string method, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, path));
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (cookie is not null)
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        if (credentials is not null)
            Sign(request, body);
        var answer = await _http.SendAsync(request);
        return new AdminAnswer(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    public void Dispose() => _http.Dispose();

    // Headers of the API's own must be signed; what the signer adds is not there yet.
    private static IEnumerable<KeyValuePair<string, string>> Amz(HttpRequestMessage request) => request.Headers
        .Where(h => h.Key.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)).Select(h => KeyValuePair.Create(h.Key, h.Value.Single()));

    private void Sign(HttpRequestMessage request, byte[] body)
    {
        var uri = request.RequestUri!;
        var signed = new SignedRequest
        {
            Method = request.Method.Method, Path = uri.AbsolutePath, Query = uri.Query.TrimStart('?'), Headers = [new("Host", uri.Authority), .. Amz(request)],
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
        foreach (var (name, value) in SigV4Signer.Sign(signed, credentials!, region, "secretsmanager", TimeProvider.System.GetUtcNow()))
            request.Headers.TryAddWithoutValidation(name, value);
    }
}
