using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>
/// Carries calls of the AWS JSON 1.1 protocol, signed, and repeats the ones that failed for a passing reason. Bodies are never logged.
/// </summary>
internal sealed partial class SignedJsonChannel(
    HttpClient http, ProviderSettings settings, TimeProvider time, ILogger<SignedJsonChannel> logger)
{
    private const string Service = "secretsmanager";

    private const int MaxAttempts = 5;

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes the client that the channel sends with: no redirects (a signature holds for one address), bounded answers.</summary>
    public static HttpClient CreateHttpClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        // Terraform waits as long as it takes; a portal that is silent for so long will not answer any more.
        Timeout = TimeSpan.FromSeconds(60),
        MaxResponseContentBufferSize = 4 << 20,
    };

    /// <summary>
    /// Calls an operation. <paramref name="stop"/> ends the repeating and not a call under way: its outcome has to be known.
    /// </summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        string operation, TRequest request, JsonTypeInfo<TRequest> requestJson, JsonTypeInfo<TResponse> responseJson, CancellationToken stop)
        where TResponse : class, new()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, requestJson);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(operation, body, responseJson);
            }
            catch (PassingFaultException e) when (attempt < MaxAttempts && !stop.IsCancellationRequested)
            {
                var delay = DelayAfter(attempt);
                LogRetry(operation, attempt, e.Fault.Code, (long)delay.TotalMilliseconds);
                await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (PassingFaultException e)
            {
                throw e.Fault;
            }
        }
    }

    private async Task<TResponse> SendOnceAsync<TResponse>(string operation, byte[] body, JsonTypeInfo<TResponse> json)
        where TResponse : class, new()
    {
        using var message = Sign(operation, body);
        var started = time.GetTimestamp();
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(message);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            var fault = new PortalApiException(operation, PortalApiException.Unreachable,
                $"{settings.Endpoint} gave no answer: {Reason(e)}.", inner: e);
            // A refused connection or an unknown host is a wrong address far more often than a restart: say so at once.
            throw IsFinal(e) ? fault : new PassingFaultException(fault);
        }

        using (response)
        {
            var content = await response.Content.ReadAsByteArrayAsync();
            LogCall(operation, (int)response.StatusCode, (long)time.GetElapsedTime(started).TotalMilliseconds, RequestId(response) ?? "-");
            return response.IsSuccessStatusCode ? Parse(operation, content, json) : throw Refusal(operation, response, content);
        }
    }

    private HttpRequestMessage Sign(string operation, byte[] body)
    {
        var headers = new List<KeyValuePair<string, string>>
        {
            new("Host", settings.Endpoint.IsDefaultPort
                ? settings.Endpoint.IdnHost
                : string.Create(CultureInfo.InvariantCulture, $"{settings.Endpoint.IdnHost}:{settings.Endpoint.Port}")),
            new("Content-Type", "application/x-amz-json-1.1"),
            new("X-Amz-Target", $"secretsmanager.{operation}"),
        };
        headers.AddRange(SigV4Signer.Sign(
            new SignedRequest
            {
                Method = "POST",
                Path = "/",
                Query = "",
                Headers = headers,
                BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
            },
            settings.Credentials, settings.Region, Service, time.GetUtcNow()));
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(settings.Endpoint, "/"))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1") } },
        };
        foreach (var (name, value) in headers.Where(h => h.Key != "Content-Type"))
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static TResponse Parse<TResponse>(string operation, byte[] content, JsonTypeInfo<TResponse> json)
        where TResponse : class, new()
    {
        if (content.Length == 0)
            return new TResponse();
        try
        {
            return JsonSerializer.Deserialize(content, json) ?? new TResponse();
        }
        catch (JsonException)
        {
            // The parser's own words may quote the answer, and the answer may hold a value.
            throw new PortalApiException(operation, PortalApiException.NotThePortal, "The answer is not the JSON that the operation gives.");
        }
    }

    private static Exception Refusal(string operation, HttpResponseMessage response, byte[] content)
    {
        ErrorResponse? error = null;
        try
        {
            error = JsonSerializer.Deserialize(content, WireJson.Default.ErrorResponse);
        }
        catch (JsonException)
        {
            // A page of a proxy, say: told below by its status alone.
        }

        // Some clients' servers write the name with a namespace before a number sign or an address behind a colon.
        var code = error?.Type?.Split('#')[^1].Split(':')[0];
        var fault = code is null
            ? new PortalApiException(operation, PortalApiException.NotThePortal, $"The endpoint answered HTTP {(int)response.StatusCode}.")
            : new PortalApiException(operation, code, error!.Message ?? error.LowerCaseMessage ?? "The portal gave no reason.", RequestId(response));
        var passing = response.StatusCode >= HttpStatusCode.InternalServerError
            || response.StatusCode == HttpStatusCode.TooManyRequests
            || code is "ThrottlingException" or "InternalServiceError";
        return passing ? new PassingFaultException(fault) : fault;
    }

    private static string? RequestId(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-amzn-RequestId", out var values) ? values.FirstOrDefault() : null;

    private static bool IsFinal(Exception e) => e is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    }
    or HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    private static string Reason(Exception e) => e switch
    {
        TaskCanceledException => "it was silent for a minute",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the host's name is unknown",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "the TLS connection failed; is its certificate trusted here?",
        HttpRequestException { InnerException: SocketException s } => s.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "the connection was refused",
            var other => other.ToString(),
        },
        HttpRequestException h => h.HttpRequestError.ToString(),
        _ => e.GetType().Name,
    };

    /// <summary>Doubles from one attempt to the next, with up to a half more at random, so that parallel calls do not return together.</summary>
    private static TimeSpan DelayAfter(int attempt)
    {
        var delay = s_firstDelay * Math.Pow(2, attempt - 1);
        return delay + (delay / 2 * (RandomNumberGenerator.GetInt32(1000) / 1000.0));
    }

    [LoggerMessage(1, LogLevel.Debug, "{Operation} answered {Status} after {Milliseconds} ms, request {RequestId}")]
    private partial void LogCall(string operation, int status, long milliseconds, string requestId);

    [LoggerMessage(2, LogLevel.Warning, "{Operation} failed at attempt {Attempt} with {Code}; next attempt in {Milliseconds} ms")]
    private partial void LogRetry(string operation, int attempt, string code, long milliseconds);

    /// <summary>A fault that may be gone at the next attempt.</summary>
    private sealed class PassingFaultException(PortalApiException fault) : Exception
    {
        public PortalApiException Fault => fault;
    }
}
