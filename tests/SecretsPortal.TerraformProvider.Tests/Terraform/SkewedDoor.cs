using System.Globalization;
using System.Net;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// A door in front of the real portal that makes the caller's clock look wrong to it, and the portal's to the caller: the machine has one clock, which
/// no test can set.
/// </summary>
internal sealed class SkewedDoor : IDisposable
{
    private readonly HttpClient _http = new();

    private readonly HttpListener _listener = new();

    private readonly Uri _portal;

    private readonly TimeSpan _ahead;

    /// <param name="portal">Where the requests go.</param>
    /// <param name="ahead">By how much the caller's clock seems to be ahead.</param>
    public SkewedDoor(Uri portal, TimeSpan ahead)
    {
        (_portal, _ahead) = (portal, ahead);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/"));
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                await ForwardAsync(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The door is closed.
        }
    }

    private async Task ForwardAsync(HttpListenerContext context)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), new Uri(_portal, context.Request.RawUrl));
        request.Content = new StreamContent(context.Request.InputStream);
        foreach (var name in context.Request.Headers.AllKeys.Where(n => n is not ("Host" or "Content-Length" or "Connection")))
        {
            var value = name!.Equals("X-Amz-Date", StringComparison.OrdinalIgnoreCase) ? Shifted(context.Request.Headers[name]!) : context.Request.Headers[name];
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await _http.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        context.Response.Headers["Date"] = (answer.Headers.Date!.Value - _ahead).ToString("r", CultureInfo.InvariantCulture);
        await answer.Content.CopyToAsync(context.Response.OutputStream);
        context.Response.Close();
    }

    private string Shifted(string date) =>
        (DateTime.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal) + _ahead)
            .ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
