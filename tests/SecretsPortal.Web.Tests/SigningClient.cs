using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests;

/// <summary>An answer of the API.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, string Text, HttpResponseMessage Message)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The error's bare name.</summary>
    public string? ErrorType => Json.GetProperty("__type").GetString();

    /// <summary>The error's text.</summary>
    public string? ErrorMessage => Json.GetProperty(nameof(Message)).GetString();

    /// <summary>A member's text.</summary>
    public string? this[string member] => Json.GetProperty(member).GetString();
}

/// <summary>Speaks the wire protocol by hand, so that tests can also say what no SDK would.</summary>
public sealed class SigningClient(Uri address, SigningCredentials credentials, string region, HttpClient? shared = null) : IDisposable
{
    private readonly HttpClient _http = shared ?? new HttpClient(new SocketsHttpHandler { UseCookies = false });

    /// <summary>Calls an operation and expects that it succeeds.</summary>
    public async Task<ApiAnswer> Ok(string operation, object input)
    {
        var answer = await Call(operation, input);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{operation} answered {answer.Status}: {answer.Text}");
        return answer;
    }

    /// <summary>Calls an operation and expects the error; gives its message.</summary>
    public async Task<string> Refused(string operation, object input, string errorType)
    {
        var answer = await Call(operation, input);
        Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{operation} answered {answer.Status}: {answer.Text}");
        Assert.Equal(errorType, answer.ErrorType);
        return answer.ErrorMessage!;
    }

    /// <summary>Calls an operation with an object that is written as JSON.</summary>
    public Task<ApiAnswer> Call(string operation, object input) => Send($"secretsmanager.{operation}", JsonSerializer.SerializeToUtf8Bytes(input));

    /// <summary>Sends a body to a target, signed.</summary>
    public Task<ApiAnswer> Send(string target, string body) => Send(target, Encoding.UTF8.GetBytes(body));

    /// <summary>Sends a body to a target, signed; <paramref name="change"/> may spoil the request after it was signed.</summary>
    public async Task<ApiAnswer> Send(
        string target, byte[] body, Action<HttpRequestMessage>? change = null, DateTimeOffset? at = null,
        string service = "secretsmanager", string path = "/", string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, query.Length == 0 ? path : $"{path}?{query}"));
        request.Content = new ByteArrayContent(body);
        var headers = new List<KeyValuePair<string, string>>
        {
            new("Host", address.Authority), new("Content-Type", "application/x-amz-json-1.1"), new("X-Amz-Target", target),
        };
        var signed = new SignedRequest
        {
            Method = "POST", Path = path, Query = query, Headers = headers, BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
        headers.AddRange(SigV4Signer.Sign(signed, credentials, region, service, at ?? TimeProvider.System.GetUtcNow()));
        foreach (var (name, value) in headers.Where(h => h.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        change?.Invoke(request);
        var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiAnswer(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    public void Dispose()
    {
        if (shared is null)
            _http.Dispose();
    }
}
