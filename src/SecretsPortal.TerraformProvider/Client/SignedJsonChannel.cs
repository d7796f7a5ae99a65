using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>One request to the portal, before it is signed.</summary>
/// <param name="Operation">What it is called in messages.</param>
/// <param name="Method">Of HTTP.</param>
/// <param name="Target">Path and query, percent-encoded.</param>
/// <param name="Body">JSON; null for none.</param>
internal sealed record PortalRequest(string Operation, HttpMethod Method, string Target, byte[]? Body)
{
    /// <summary>What the AWS API dispatches by; null for the administration API.</summary>
    public string? AmzTarget { get; init; }

    /// <summary>Made twice it does what made once does, so that it is repeated even where nobody knows whether the first one arrived.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>The region that it is for; null for the provider's.</summary>
    public string? Region { get; init; }

    /// <summary>Of the body.</summary>
    public string ContentType => AmzTarget is null ? "application/json" : "application/x-amz-json-1.1";
}

/// <summary>
/// Carries calls of the portal's two JSON APIs, signed, and repeats the ones that failed for a passing reason. Bodies are never logged.
/// </summary>
internal sealed partial class SignedJsonChannel(
    HttpClient http, ProviderSettings settings, TimeProvider time, ILogger<SignedJsonChannel> logger)
{
    private const string Service = "secretsmanager";

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Makes the client that the channel sends with: no redirects (a signature holds for one address), bounded answers.</summary>
    public static HttpClient CreateHttpClient(ProviderSettings settings)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (settings.Authorities.Count > 0)
        {
            var check = new AuthorityCheck(settings.Authorities);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, faults) => check.Accepts(certificate, chain, faults);
        }

        return new HttpClient(handler)
        {
            // Terraform waits as long as it takes; a portal that is silent for so long will not answer any more.
            Timeout = settings.RequestTimeout,
            MaxResponseContentBufferSize = 16 << 20,
        };
    }

    /// <summary>
    /// Calls an operation of the AWS API. <paramref name="stop"/> ends the repeating and not a call under way: its outcome has to be known.
    /// </summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        string operation, TRequest request, JsonTypeInfo<TRequest> requestJson, JsonTypeInfo<TResponse> responseJson, CancellationToken stop)
        where TResponse : class, new()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, requestJson);
        return Parse(operation, await SendAsync(new PortalRequest(operation, HttpMethod.Post, "/", body) { AmzTarget = $"secretsmanager.{operation}" }, stop), responseJson);
    }

    /// <summary>Sends a request, again where it failed for a passing reason, and gives the body of the answer.</summary>
    public async Task<byte[]> SendAsync(PortalRequest request, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(request);
            }
            catch (PassingFaultException e) when (attempt <= settings.MaxRetries && !stop.IsCancellationRequested)
            {
                var delay = DelayAfter(attempt);
                LogRetry(request.Operation, attempt, e.Fault.Code, (long)delay.TotalMilliseconds);
                await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stop.IsCancellationRequested)
                    throw e.Fault;
            }
            catch (PassingFaultException e)
            {
                throw e.Fault;
            }
        }
    }

    private async Task<byte[]> SendOnceAsync(PortalRequest request)
    {
        using var message = Sign(request);
        var started = time.GetTimestamp();
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(message);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            var fault = new PortalApiException(request.Operation, PortalApiException.Unreachable,
                $"{settings.Endpoint} gave no answer: {Reason(e)}.", inner: e);
            // A refused connection or an unknown host is a wrong address far more often than a restart: say so at once.
            throw IsFinal(e) || !request.IsRepeatable ? fault : new PassingFaultException(fault);
        }

        using (response)
        {
            var content = await response.Content.ReadAsByteArrayAsync();
            LogCall(request.Operation, (int)response.StatusCode, (long)time.GetElapsedTime(started).TotalMilliseconds, RequestId(response) ?? "-");
            return response.IsSuccessStatusCode ? content : throw Refusal(request, response, content, time.GetUtcNow());
        }
    }

    private HttpRequestMessage Sign(PortalRequest request)
    {
        var headers = new List<KeyValuePair<string, string>>
        {
            new("Host", settings.Endpoint.IsDefaultPort
                ? settings.Endpoint.IdnHost
                : string.Create(CultureInfo.InvariantCulture, $"{settings.Endpoint.IdnHost}:{settings.Endpoint.Port}")),
        };
        if (request.Body is not null)
            headers.Add(new("Content-Type", request.ContentType));
        if (request.AmzTarget is { } target)
            headers.Add(new("X-Amz-Target", target));
        var address = new Uri(settings.Endpoint, request.Target);
        headers.AddRange(SigV4Signer.Sign(
            new SignedRequest
            {
                Method = request.Method.Method,
                Path = address.AbsolutePath,
                Query = address.Query.TrimStart('?'),
                Headers = headers,
                BodyHash = Convert.ToHexStringLower(SHA256.HashData(request.Body ?? [])),
            },
            settings.Credentials, request.Region ?? settings.Region, Service, time.GetUtcNow()));
        var message = new HttpRequestMessage(request.Method, address);
        if (request.Body is { } body)
            message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType) } };
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

    private static Exception Refusal(PortalRequest request, HttpResponseMessage response, byte[] content, DateTimeOffset now)
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
        var code = error?.Code ?? error?.Type?.Split('#')[^1].Split(':')[0];
        var fault = code is null
            ? new PortalApiException(request.Operation, PortalApiException.NotThePortal, $"The endpoint answered HTTP {(int)response.StatusCode}.")
            : new PortalApiException(request.Operation, code, error!.Detail ?? error.Message ?? error.LowerCaseMessage ?? "The portal gave no reason.", RequestId(response))
            {
                Fields = error.Errors ?? [],
                // Where signatures fail because of the time, the portal's own clock is the proof.
                ClockSkew = response.Headers.Date is { } theirs ? now - theirs : TimeSpan.Zero,
            };
        // Throttled is known not to be done; after other faults of the server only what may be done twice is repeated.
        var throttled = response.StatusCode is HttpStatusCode.TooManyRequests || code is "ThrottlingException" or "Throttling";
        var passing = throttled || (request.IsRepeatable
            && (response.StatusCode >= HttpStatusCode.InternalServerError || code is "InternalServiceError"));
        return passing ? new PassingFaultException(fault) : fault;
    }

    private static string? RequestId(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-amzn-RequestId", out var values) || response.Headers.TryGetValues("X-Request-Id", out values)
            ? values.FirstOrDefault()
            : null;

    private static bool IsFinal(Exception e) => e is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    }
    or HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    private static string Reason(Exception e) => e switch
    {
        TaskCanceledException => "it was silent for too long (the provider's request_timeout)",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the host's name is unknown",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "the TLS connection failed. Where the portal's certificate is of an authority of your own, name that one's file in the provider's ca_file",
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
        var delay = TimeSpan.FromTicks(Math.Min(s_longestDelay.Ticks, (s_firstDelay * Math.Pow(2, attempt - 1)).Ticks));
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
