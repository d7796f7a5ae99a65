using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Notifications;

/// <summary>A channel could not be reached. The message names cause and remedy, never a password.</summary>
internal sealed class ChannelFaultException(string message) : Exception(message);

/// <summary>Sends by SMTP.</summary>
internal static class EmailSender
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends one message to all recipients; <see cref="ChannelFaultException"/> where the server does not take it.</summary>
    public static async Task Send(EmailSettings settings, SecretText? password, NotificationMessage message, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_patience);
        // Private authorities seldom publish who they have revoked, and the portal would wait for that.
        using var smtp = new SmtpClient { Timeout = (int)s_patience.TotalMilliseconds, CheckCertificateRevocation = false };
        var server = $"{settings.Host}:{settings.Port}";
        try
        {
            await smtp.ConnectAsync(settings.Host, settings.Port, settings.Security switch
            {
                MailSecurity.StartTls => SecureSocketOptions.StartTls,
                MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                _ => SecureSocketOptions.None,
            }, limit.Token);
            if (settings.Username is { } user && password is { } text)
                await smtp.AuthenticateAsync(user, text.Reveal(), limit.Token);
            using var mail = Compose(settings, message);
            await smtp.SendAsync(mail, limit.Token);
            await smtp.DisconnectAsync(quit: true, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ChannelFaultException($"The mail server {server} did not answer in {s_patience.TotalSeconds:0} seconds. Check host, port and network.");
        }
        catch (AuthenticationException)
        {
            throw new ChannelFaultException($"The mail server {server} refuses user or password. Correct them.");
        }
        catch (SslHandshakeException)
        {
            throw new ChannelFaultException($"The certificate of the mail server {server} is not trusted, has expired, or is for another name; or it does not speak TLS there. Correct security or port, or renew it.");
        }
        catch (NotSupportedException)
        {
            throw new ChannelFaultException($"The mail server {server} has no STARTTLS. Use security Tls with its port, or None for a relay on the same machine.");
        }
        catch (SmtpCommandException refused)
        {
            throw new ChannelFaultException($"The mail server {server} refuses the message ({(int)refused.StatusCode}). Check sender and recipients.");
        }
        catch (Exception fault) when (fault is SocketException or IOException or ProtocolException or CommandException or ServiceNotConnectedException)
        {
            throw new ChannelFaultException($"The mail server {server} can't be reached, or it broke the connection. Check host, port and network.");
        }
    }

    private static MimeMessage Compose(EmailSettings settings, NotificationMessage message)
    {
        var mail = new MimeMessage { Subject = $"[Secrets Portal] {message.Subject}", Body = new TextPart("plain") { Text = message.Text } };
        mail.From.Add(MailboxAddress.Parse(settings.From));
        mail.To.AddRange(settings.To.Select(MailboxAddress.Parse));
        // The same however often it is sent: what arrives twice can be told to be one.
        mail.MessageId = $"{message.Id}@secretsportal";
        return mail;
    }
}
